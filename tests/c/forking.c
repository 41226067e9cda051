/* fork(): a child of a program that has only loaded the library can use it all; a model opened
   before the fork is refused in the child (its threads stayed with the parent) instead of hanging,
   and can be freed. What other threads do at the moment of the fork, be it loading ONNX Runtime,
   locks nothing up in the child. argv: DATA WORK */
#include "check.h"

#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 200 };
static uint16_t pixels[SIZE * SIZE], sharp[4 * SIZE * SIZE];

static int run(const s2sr_model *model) {
    s2sr_image input = packed(pixels, S2SR_UINT16, 1, SIZE, SIZE);
    s2sr_image output = packed(sharp, S2SR_UINT16, 1, 2 * SIZE, 2 * SIZE);
    return s2sr_model_run(model, &input, 1, &output, 1, NULL, NULL, NULL);
}

static void open_run_free(const char *file) {
    s2sr_model *model = NULL;
    CHECK_CODE(s2sr_model_open(file, NULL, &model), S2SR_OK);
    CHECK_CODE(run(model), S2SR_OK);
    s2sr_model_free(model);
}

/* How the child of the last fork ended: 0 for well. */
static int wait_for(pid_t child) {
    int status = -1;
    return waitpid(child, &status, 0) == child ? status : -1;
}

static void *opening(void *file) {
    open_run_free((const char *)file);
    return NULL;
}

static volatile int stop;

static void *with_handles(void *nothing) {
    while (!stop) {
        s2sr_options *options = s2sr_options_new();
        CHECK_CODE(s2sr_options_set(options, "tile", "96"), S2SR_OK);
        s2sr_options_free(options);
    }
    return nothing;
}

/* Forks at some moment of another thread's opening the first model of the process. */
static void fork_while_loading(const char *file, int milliseconds) {
    const struct timespec time = {0, 1000000L * milliseconds};
    pid_t child;
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, opening, (void *)file) == 0);
    nanosleep(&time, NULL);
    child = fork();
    if (child == 0) {
        alarm(60);
        open_run_free(file);
        fflush(stdout);
        _exit(finish());
    }
    CHECK(wait_for(child) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
}

/* Forks again and again while another thread makes and frees options. */
static void fork_while_handles_change(void) {
    int i;
    pid_t child;
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, with_handles, NULL) == 0);
    for (i = 0; i < 200; i++) {
        child = fork();
        if (child == 0) {
            alarm(60);
            s2sr_options_free(s2sr_options_new());
            _exit(0);
        }
        CHECK(wait_for(child) == 0);
    }
    stop = 1;
    CHECK(pthread_join(thread, NULL) == 0);
}

int main(int argc, char **argv) {
    const char *file;
    s2sr_model *model = NULL;
    pid_t child;
    int milliseconds;
    if (argc != 3) return 2;
    file = in_folder(argv[1], "dummy-x2.onnx");
    noise(pixels, SIZE * SIZE, 1);
    s2sr_options_free(s2sr_options_new());

    child = fork();
    if (child == 0) {
        alarm(60); /* a child that hangs ends by SIGALRM */
        open_run_free(file);
        fflush(stdout);
        _exit(finish());
    }
    CHECK(wait_for(child) == 0);

    fork_while_handles_change();
    /* Each in a process of its own, as ONNX Runtime is loaded once. */
    for (milliseconds = 0; milliseconds < 40; milliseconds += 4) {
        child = fork();
        if (child == 0) {
            fork_while_loading(file, milliseconds);
            fflush(stdout);
            _exit(finish());
        }
        CHECK(wait_for(child) == 0);
    }

    CHECK_CODE(s2sr_model_open(file, NULL, &model), S2SR_OK);
    CHECK_CODE(run(model), S2SR_OK);
    child = fork();
    if (child == 0) {
        alarm(60);
        CHECK_CODE(run(model), S2SR_ERROR_RUNTIME);
        CHECK_SAYS("fork");
        s2sr_model_free(model);
        open_run_free(file);
        fflush(stdout);
        _exit(finish());
    }
    CHECK(wait_for(child) == 0);
    CHECK_CODE(run(model), S2SR_OK);
    s2sr_model_free(model);
    return finish();
}
