/* Eight threads on one model get what one thread gets, each with its own messages, even when the
   model is freed under their feet. argv: DATA WORK */
#include "check.h"

#include <pthread.h>

enum { THREADS = 8, ROUNDS = 4, SIZE = 60 };

typedef struct {
    int number;
    const s2sr_model *model;
    uint16_t fine[4 * SIZE * SIZE], coarse[6 * SIZE * SIZE / 4], sharp[6 * SIZE * SIZE];
    int bad;
} job;

static int run(job *j) {
    s2sr_image in[2], out = packed(j->sharp, S2SR_UINT16, 6, SIZE, SIZE);
    in[0] = packed(j->fine, S2SR_UINT16, 4, SIZE, SIZE);
    in[1] = packed(j->coarse, S2SR_UINT16, 6, SIZE / 2, SIZE / 2);
    return s2sr_model_run(j->model, in, 2, &out, 1, NULL, NULL, NULL);
}

static void *work(void *argument) {
    job *j = (job *)argument;
    s2sr_options *options = s2sr_options_new();
    char name[32];
    int round;
    snprintf(name, sizeof name, "nonsense-of-thread-%d", j->number);
    for (round = 0; round < ROUNDS; round++) {
        j->bad += s2sr_options_set(options, name, "1") != S2SR_ERROR_OPTION;
        j->bad += run(j) != S2SR_OK;
        j->bad += s2sr_options_set(options, name, "1") != S2SR_ERROR_OPTION;
        j->bad += strstr(s2sr_last_error(), name) == NULL;
    }
    s2sr_options_free(options);
    return NULL;
}

/* Runs until the model is gone. */
static void *work_on_freed(void *argument) {
    job *j = (job *)argument;
    int code = S2SR_OK;
    while (code == S2SR_OK)
        code = run(j);
    j->bad = code != S2SR_ERROR_ARGUMENT || strstr(s2sr_last_error(), "freed") == NULL;
    return NULL;
}

int main(int argc, char **argv) {
    static job jobs[THREADS], alone;
    pthread_t threads[THREADS];
    s2sr_model *model = NULL;
    int i;
    if (argc != 3) return 2;
    CHECK_CODE(s2sr_model_open(in_folder(argv[1], "dummy-t2x.onnx"), NULL, &model), S2SR_OK);
    for (i = 0; i < THREADS; i++) {
        jobs[i].number = i;
        jobs[i].model = model;
        noise(jobs[i].fine, 4 * SIZE * SIZE, (uint32_t)i);
        noise(jobs[i].coarse, 6 * SIZE * SIZE / 4, (uint32_t)i + 100);
        CHECK(pthread_create(&threads[i], NULL, work, &jobs[i]) == 0);
    }
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK(s2sr_last_error()[0] == '\0'); /* theirs, not ours */
    for (i = 0; i < THREADS; i++) {
        CHECK(jobs[i].bad == 0);
        alone = jobs[i];
        memset(alone.sharp, 0, sizeof alone.sharp);
        CHECK_CODE(run(&alone), S2SR_OK);
        CHECK(memcmp(alone.sharp, jobs[i].sharp, sizeof alone.sharp) == 0);
    }

    /* Freed under the feet of others: the runs that have begun end well, the next ones are refused.
     */
    for (i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, work_on_freed, &jobs[i]) == 0);
    CHECK_CODE(run(&alone), S2SR_OK);
    s2sr_model_free(model);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (i = 0; i < THREADS; i++)
        CHECK(jobs[i].bad == 0);
    return finish();
}
