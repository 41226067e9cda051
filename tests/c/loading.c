/* dlopen and dlclose again and again, and two copies of the library in one process. Not linked with
   the library. argv: DATA WORK LIBRARY COPY, where COPY is another file with the same content */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <dlfcn.h>
#include <s2sr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 40 };

/* One loaded copy, by its functions. */
typedef struct {
    void *handle;
    uint32_t (*abi_version)(void);
    const char *(*last_error)(void);
    int (*model_open)(const char *, const s2sr_options *, s2sr_model **);
    int (*model_run)(const s2sr_model *, const s2sr_image *, size_t, const s2sr_image *, size_t,
                     const s2sr_options *, s2sr_progress, void *);
    void (*model_free)(s2sr_model *);
    int (*info)(const char *, const s2sr_options *, char **);
} library;

static void find(library *l, const char *name, void *function) {
    void *symbol = dlsym(l->handle, name);
    memcpy(function, &symbol,
           sizeof symbol); /* ISO C has no cast from object to function pointers */
}

static int load(library *l, const char *path, int flags) {
    memset(l, 0, sizeof *l);
    l->handle = dlopen(path, RTLD_NOW | flags);
    if (l->handle == NULL) return printf("    %s\n", dlerror()), 0;
    find(l, "s2sr_abi_version", &l->abi_version);
    find(l, "s2sr_last_error", &l->last_error);
    find(l, "s2sr_model_open", &l->model_open);
    find(l, "s2sr_model_run", &l->model_run);
    find(l, "s2sr_model_free", &l->model_free);
    find(l, "s2sr_info", &l->info);
    return 1;
}

/* Opens a model in this copy, runs it, and sums the result; 0 for a failure. */
static unsigned long use(const library *l, const char *model_file) {
    static uint16_t pixels[SIZE * SIZE], sharp[4 * SIZE * SIZE];
    s2sr_image input = {pixels, S2SR_UINT16, 1, SIZE, SIZE, SIZE * SIZE, SIZE, 1};
    s2sr_image output = {sharp, S2SR_UINT16, 1, 2 * SIZE, 2 * SIZE, 4 * SIZE * SIZE, 2 * SIZE, 1};
    s2sr_model *model = NULL;
    unsigned long sum = 0;
    int i, code;
    for (i = 0; i < SIZE * SIZE; i++)
        pixels[i] = (uint16_t)(1000 + i % 37 * 50);
    code = l->model_open(model_file, NULL, &model);
    if (code == S2SR_OK) code = l->model_run(model, &input, 1, &output, 1, NULL, NULL, NULL);
    if (code != S2SR_OK) return printf("    %s\n", l->last_error()), 0;
    l->model_free(model);
    for (i = 0; i < 4 * SIZE * SIZE; i++)
        sum += sharp[i];
    return sum;
}

static int count_threads(void) {
    int n = 0;
    DIR *tasks = opendir("/proc/self/task");
    while (tasks != NULL && readdir(tasks) != NULL)
        n++;
    if (tasks != NULL) closedir(tasks);
    return n;
}

int main(int argc, char **argv) {
    library first, second;
    unsigned long sum = 0;
    char model_file[4096];
    int round, threads = 0, failed = 0;
    if (argc != 5) return 2;
    snprintf(model_file, sizeof model_file, "%s/dummy-x2.onnx", argv[1]);

    /* Loading alone starts nothing. */
    threads = count_threads();
    if (!load(&first, argv[3], RTLD_LOCAL)) return 1;
    if (count_threads() != threads)
        failed = 1, printf("    loading the library started a thread\n");
    dlclose(first.handle);

    for (round = 0; round < 50; round++) {
        if (!load(&first, argv[3], RTLD_LOCAL) || first.abi_version() != S2SR_ABI_VERSION) return 1;
        (void)first.last_error();
        dlclose(first.handle);
    }
    for (round = 0; round < 5; round++) {
        if (!load(&first, argv[3], RTLD_LOCAL)) return 1;
        if (round == 0) sum = use(&first, model_file);
        if (sum == 0 || use(&first, model_file) != sum)
            return printf("    round %d: another result\n", round), 1;
        if (round == 0) threads = count_threads();
        if (count_threads() > threads)
            failed = 1, printf("    round %d: threads are left behind\n", round);
        dlclose(first.handle);
    }

    /* As when a plug-in of the host program and a GDAL driver each bring the library. */
    if (!load(&first, argv[3], RTLD_LOCAL) || !load(&second, argv[4], RTLD_LOCAL)) return 1;
    if (first.handle == second.handle) return printf("    the copy is not a copy\n"), 1;
    if (use(&first, model_file) != sum || use(&second, model_file) != sum)
        return printf("    two copies differ\n"), 1;
    {
        char *json = NULL;
        if (first.info("/nowhere/first", NULL, &json) != S2SR_ERROR_INPUT) failed = 1;
        if (second.info("/nowhere/second", NULL, &json) != S2SR_ERROR_INPUT) failed = 1;
        if (strstr(first.last_error(), "first") == NULL ||
            strstr(second.last_error(), "second") == NULL)
            failed = 1, printf("    the copies share their messages\n");
    }
    dlclose(first.handle);
    if (use(&second, model_file) != sum)
        return printf("    a copy fails after the other was closed\n"), 1;
    if (!load(&first, argv[3], RTLD_GLOBAL) || use(&first, model_file) != sum ||
        use(&second, model_file) != sum)
        return printf("    a global copy disturbs a local one\n"), 1;
    dlclose(second.handle);
    dlclose(first.handle);
    return failed;
}
