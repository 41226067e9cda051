/* What the program around the library may do: end GDAL's drivers, have no database of PROJ's, leave
   few files to open, or fork() where it is told of progress. Each is tried in a process of its own,
   which is this program once more; nothing is printed. argv: DATA WORK, and for those processes
   what to try */
#include "check.h"
#include "product.h"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static s2sr_options *tiny(const char *data) {
    s2sr_options *options = s2sr_options_new();
    CHECK_CODE(s2sr_options_set(options, "model", in_folder(data, "dummy-t2x.onnx")), S2SR_OK);
    return options;
}

static int info(const char *product) {
    char *json = NULL;
    int code = s2sr_info(product, NULL, &json);
    s2sr_string_free(json);
    return code;
}

/* How many files of the product this process has open. */
static int open_files(const char *product) {
    char link[300], target[4096];
    struct dirent *entry;
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    if (folder == NULL) abort();
    while ((entry = readdir(folder)) != NULL) {
        ssize_t length;
        snprintf(link, sizeof link, "/proc/self/fd/%s", entry->d_name);
        length = readlink(link, target, sizeof target - 1);
        if (length > 0) target[length] = '\0', count += strstr(target, product) != NULL;
    }
    closedir(folder);
    return count;
}

static void end_drivers(const char *data, const char *work, const char *product) {
    s2sr_options *options = tiny(data);
    GDALAllRegister();
    CHECK_CODE(s2sr_write_vrt(product, in_folder(work, "host.vrt"), options), S2SR_OK);
    CHECK(open_files(product) == 0);
    GDALDestroyDriverManager();
    CHECK_CODE(s2sr_forget(), S2SR_OK);
    CHECK_CODE(info(product), S2SR_OK);
    GDALDestroyDriverManager();
    CHECK_CODE(s2sr_run(product, in_folder(work, "ended.tif"), options, NULL, NULL, NULL), S2SR_OK);
    CHECK_CODE(s2sr_write_vrt(product, in_folder(work, "host.vrt"), options), S2SR_OK);
    GDALDestroyDriverManager();
    s2sr_options_free(options);
}

static void without_proj(const char *data, const char *work, const char *product) {
    s2sr_options *options = tiny(data);
    int code;
    setenv("PROJ_LIB", "/nowhere", 1);
    setenv("PROJ_DATA", "/nowhere", 1);
    CHECK_CODE(info(product), S2SR_OK);
    code = s2sr_run(product, in_folder(work, "unplaced.tif"), options, NULL, NULL, NULL);
    if (code != S2SR_OK) {
        CHECK(code == S2SR_ERROR_RUNTIME);
        CHECK_SAYS("PROJ_DATA");
    }
    s2sr_options_free(options);
}

static void with_few_files(const char *data, const char *work, const char *product, long most) {
    const struct rlimit limit = {(rlim_t)most, (rlim_t)most};
    s2sr_options *options = tiny(data);
    int code;
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    code = s2sr_run(product, in_folder(work, "few.tif"), options, NULL, NULL, NULL);
    if (code != S2SR_OK && code != S2SR_ERROR_RUNTIME && code != S2SR_ERROR_OUTPUT)
        printf("    %ld files: code %d, %s\n", most, code, s2sr_last_error()), failures++;
    s2sr_options_free(options);
}

static pid_t child_of_progress = -1;

/* Forks once, and both come back. */
static int fork_once(double fraction, const char *message, void *user_data) {
    (void)fraction, (void)message, (void)user_data;
    if (child_of_progress == -1) child_of_progress = fork();
    if (child_of_progress == 0) alarm(60); /* a child that hangs ends by SIGALRM */
    return 1;
}

static void fork_in_progress(const char *data, const char *work, const char *product) {
    s2sr_options *options = tiny(data);
    int status = -1;
    const int code =
        s2sr_run(product, in_folder(work, "forked.tif"), options, fork_once, NULL, NULL);
    if (child_of_progress == 0) {
        CHECK(code == S2SR_ERROR_RUNTIME);
        CHECK_SAYS("fork");
        fflush(stdout);
        _exit(finish());
    }
    CHECK_CODE(code, S2SR_OK);
    CHECK(child_of_progress > 0 && waitpid(child_of_progress, &status, 0) == child_of_progress);
    CHECK(status == 0);
    CHECK(access(in_folder(work, "forked.tif"), R_OK) == 0);
    s2sr_options_free(options);
}

/* Whether it goes well in a process of its own. */
static int goes_well(char **argv, const char *what) {
    int status = -1;
    const pid_t child = fork();
    if (child == 0) {
        execl(argv[0], argv[0], argv[1], argv[2], what, (char *)NULL);
        _exit(2);
    }
    if (waitpid(child, &status, 0) == child && status == 0) return 1;
    printf("    %s: ends with %d\n", what, status);
    return 0;
}

int main(int argc, char **argv) {
    const char *product;
    char files[12];
    int most;
    if (argc != 3 && argc != 4) return 2;
    product = in_folder(argv[2], "product");
    if (argc == 4) {
        if (strcmp(argv[3], "end") == 0) end_drivers(argv[1], argv[2], product);
        else if (strcmp(argv[3], "proj") == 0) without_proj(argv[1], argv[2], product);
        else if (strcmp(argv[3], "fork") == 0) fork_in_progress(argv[1], argv[2], product);
        else with_few_files(argv[1], argv[2], product, atol(argv[3]));
        return finish();
    }
    GDALAllRegister();
    write_product(product);
    CHECK(goes_well(argv, "end"));
    CHECK(goes_well(argv, "proj"));
    CHECK(goes_well(argv, "fork"));
    for (most = 8; most <= 24; most += 4) {
        snprintf(files, sizeof files, "%d", most);
        CHECK(goes_well(argv, files));
    }
    return finish();
}
