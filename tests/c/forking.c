/* fork(): a child of a program that has only loaded the library can use it all; a model opened before the fork is
   refused in the child (its threads stayed with the parent) instead of hanging, and can be freed. argv: DATA WORK */
#include "check.h"

#include <sys/wait.h>
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

int main(int argc, char **argv) {
    const char *file;
    s2sr_model *model = NULL;
    pid_t child;
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
