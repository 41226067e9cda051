/* Several threads: first they share one model, then each opens its own. Sharing saves memory; the
   results are the same. usage: threads MODEL     MODEL: a network with one input band, by name or
   file SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <pthread.h>
#include <s2sr.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 4, SIZE = 96, SHARP = 2 * SIZE };

typedef struct {
    const char *name;
    const s2sr_model *shared; /* NULL: open one's own */
    uint16_t pixels[SIZE * SIZE];
    uint16_t sharp[SHARP * SHARP];
    char error[256];
} job;

/* A network may use all cores; with a run per thread, one each is enough. That is said when it is
 * opened. */
static int open_model(const char *name, s2sr_model **model) {
    s2sr_options *options = s2sr_options_new();
    int code = s2sr_options_set(options, "threads", "1");
    if (code == S2SR_OK) code = s2sr_model_open(name, options, model);
    s2sr_options_free(options);
    return code;
}

static void *work(void *argument) {
    job *j = (job *)argument;
    s2sr_model *own = NULL;
    /* pixels, type, bands, rows, columns, and what to step for the next band, row, column */
    s2sr_image input = {j->pixels, S2SR_UINT16, 1, SIZE, SIZE, SIZE * SIZE, SIZE, 1};
    s2sr_image output = {j->sharp, S2SR_UINT16, 1, SHARP, SHARP, SHARP * SHARP, SHARP, 1};
    int code = S2SR_OK;
    if (j->shared == NULL) code = open_model(j->name, &own);
    if (code == S2SR_OK)
        code = s2sr_model_run(j->shared ? j->shared : own, &input, 1, &output, 1, NULL, NULL, NULL);
    /* The message belongs to this thread, so it is fetched here. */
    if (code != S2SR_OK) snprintf(j->error, sizeof j->error, "%s", s2sr_last_error());
    s2sr_model_free(own);
    return NULL;
}

/* Runs all jobs at once; 0 when every one succeeded. */
static int run_all(job *jobs) {
    pthread_t threads[THREADS];
    int i, failed = 0;
    for (i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, &jobs[i]);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (i = 0; i < THREADS; i++)
        if (jobs[i].error[0] != '\0')
            failed = 1, fprintf(stderr, "thread %d: %s\n", i, jobs[i].error);
    return failed;
}

int main(int argc, char **argv) {
    static job jobs[THREADS];
    static uint16_t first[SHARP * SHARP];
    s2sr_model *model = NULL;
    int i, p, failed;
    if (argc != 2) {
        fprintf(stderr, "usage: %s MODEL\n", argv[0]);
        return 2;
    }
    if (open_model(argv[1], &model) != S2SR_OK) {
        fprintf(stderr, "%s\n", s2sr_last_error());
        return 1;
    }
    for (i = 0; i < THREADS; i++) {
        jobs[i].name = argv[1];
        jobs[i].shared = model;
        for (p = 0; p < SIZE * SIZE; p++)
            jobs[i].pixels[p] = (uint16_t)(1000 + p % SIZE * 10);
    }
    failed = run_all(jobs);
    memcpy(first, jobs[0].sharp, sizeof first);
    for (i = 0; i < THREADS; i++)
        jobs[i].shared = NULL;
    failed |= run_all(jobs);
    s2sr_model_free(model);
    if (failed) return 1;
    for (i = 0; i < THREADS; i++)
        if (memcmp(first, jobs[i].sharp, sizeof first) != 0) return 1;
    printf("%d threads with one model and with a model each: the same pixels\n", THREADS);
    return 0;
}
