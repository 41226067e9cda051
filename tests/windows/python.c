/* python.exe for a python311.dll that came without one. */
#include <stdio.h>
#include <windows.h>

int wmain(int argc, wchar_t **argv) {
    HMODULE python = LoadLibraryW(L"python311.dll");
    if (!python)
        return fprintf(stderr, "python311.dll cannot be loaded (%lu)\n", GetLastError()), 1;
    int (*run)(int, wchar_t **) =
        (int (*)(int, wchar_t **))(void (*)(void))GetProcAddress(python, "Py_Main");
    if (!run) return fputs("python311.dll has no Py_Main\n", stderr), 1;
    return run(argc, argv);
}
