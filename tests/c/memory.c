/* Little address space: every call returns, with success or an error and its sentence, and nothing
   is printed. Each limit is tried in a process of its own, which is this program once more. argv:
   DATA WORK, and for those processes MB */
#include "check.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N = 1000, PAGE = 4096, MB = 1024 * 1024 };

/* Leaves the process so many MB beyond what it has mapped. */
static int limit_to(long megabytes) {
    struct rlimit limit;
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld", &pages) != 1) return 1;
    fclose(file);
    limit.rlim_cur = limit.rlim_max = (rlim_t)pages * PAGE + (rlim_t)megabytes * MB;
    return setrlimit(RLIMIT_AS, &limit);
}

/* Opens (with little memory, if `early`) and runs a network. 0: all was done, 1: an error was
 * returned, 2: something else. */
static int with_little(const char *file, long megabytes, int early) {
    s2sr_model *model = NULL;
    s2sr_options *options = s2sr_options_new();
    uint16_t *in = (uint16_t *)calloc((size_t)N * N, 2),
             *out = (uint16_t *)calloc((size_t)4 * N * N, 2);
    s2sr_image input = packed(in, S2SR_UINT16, 1, N, N),
               output = packed(out, S2SR_UINT16, 1, 2 * N, 2 * N);
    int code;
    if (in == NULL || out == NULL) return 2;
    noise(in, (size_t)N * N, 1);
    /* The threads of ONNX Runtime end the process where the last memory ends while they work. */
    if (s2sr_options_set(options, "threads", "1") != S2SR_OK) return 2;
    if (early && limit_to(megabytes) != 0) return 2;
    code = s2sr_model_open(file, options, &model);
    if (!early && (code != S2SR_OK || limit_to(megabytes) != 0)) return 2;
    if (code == S2SR_OK) code = s2sr_model_run(model, &input, 1, &output, 1, NULL, NULL, NULL);
    if (code != S2SR_OK && (code == S2SR_ERROR_INTERNAL || s2sr_last_error()[0] == '\0')) {
        printf("    %ld MB: code %d, '%s'\n", megabytes, code, s2sr_last_error());
        fflush(stdout);
        return 2;
    }
    s2sr_model_free(model);
    s2sr_options_free(options);
    free(in);
    free(out);
    return code == S2SR_OK ? 0 : 1;
}

int main(int argc, char **argv) {
    int early, outcomes[2] = {0, 0};
    long megabytes;
    if (argc == 5)
        return with_little(in_folder(argv[1], "dummy-x2.onnx"), atol(argv[3]), argv[4][0] == 'e');
    if (argc != 3) return 2;
    for (early = 0; early < 2; early++)
        for (megabytes = 1; megabytes < 1600; megabytes += 1 + megabytes / 5) {
            int status = 0;
            char number[32];
            pid_t child = fork();
            snprintf(number, sizeof number, "%ld", megabytes);
            if (child == 0) {
                alarm(60); /* what hangs ends by SIGALRM */
                execl("/proc/self/exe", argv[0], argv[1], argv[2], number, early ? "early" : "late",
                      (char *)NULL);
                _exit(2);
            }
            CHECK(waitpid(child, &status, 0) == child);
            if (WIFEXITED(status) && WEXITSTATUS(status) < 2) outcomes[WEXITSTATUS(status)]++;
            else
                printf("    %ld MB, %s: status %x\n", megabytes, early ? "early" : "late",
                       (unsigned)status),
                    failures++;
        }
    /* The limits reached from too little to enough. */
    CHECK(outcomes[0] > 0);
    CHECK(outcomes[1] > 0);
    return finish();
}
