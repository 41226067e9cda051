/* Lists the installed models as JSON; with a name or a file, says what that model takes and gives.
   usage: list_models [MODEL]
   SPDX-License-Identifier: MIT OR Apache-2.0 */
#include <s2sr.h>
#include <stdio.h>

int main(int argc, char **argv) {
    s2sr_model *model = NULL;
    char *json = NULL;
    int code;
    if (argc < 2) {
        code = s2sr_model_list(NULL, &json);
    } else {
        code = s2sr_model_open(argv[1], NULL, &model);
        if (code == S2SR_OK) code = s2sr_model_describe(model, &json);
    }
    if (code == S2SR_OK) printf("%s\n", json);
    else fprintf(stderr, "%s\n", s2sr_last_error());
    s2sr_string_free(json);
    s2sr_model_free(model);
    return code == S2SR_OK ? 0 : 1;
}
