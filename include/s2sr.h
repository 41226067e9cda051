/**
 * @file
 * libs2sr: super-resolution of Sentinel-2.
 *
 * A product into a file is one call. Arrays go through a model; here one band at 10 m becomes the same band at 5 m:
 *
 *     s2sr_image in = {pixels, S2SR_UINT16, 1, 100, 100, 100 * 100, 100, 1};
 *     s2sr_image out = {sharp, S2SR_UINT16, 1, 200, 200, 200 * 200, 200, 1};
 *     s2sr_model *model = NULL;
 *     int code = s2sr_model_open("fast-x2", NULL, &model);
 *     if (code == S2SR_OK) code = s2sr_model_run(model, &in, 1, &out, 1, NULL, NULL, NULL);
 *     if (code != S2SR_OK) fprintf(stderr, "%s\n", s2sr_last_error());
 *     s2sr_model_free(model);
 *
 * Threads: every function may be called from any thread. An s2sr_model and an s2sr_job may be used by several threads at
 * once, which then take turns; s2sr_options may be shared, and a call takes them as they are when it starts. Progress
 * functions are called on the thread that made the call.
 *
 * Ownership: what s2sr_options_new, s2sr_model_open and s2sr_job_open give is freed with s2sr_options_free,
 * s2sr_model_free and s2sr_job_free; every char ** result with s2sr_string_free. Freeing NULL does nothing. Arrays stay
 * the caller's.
 *
 * Errors: functions that can fail return S2SR_OK (0) or a code; results are written on success only. The sentence that
 * says what, where and what to do comes from s2sr_last_error, per calling thread. Text is UTF-8. Names of
 * files, options' among them, are bytes as the system has them, UTF-8 on Windows; in JSON what is
 * not UTF-8 is replaced.
 *
 * Little memory, threads, descriptors or disk are errors like any other, S2SR_ERROR_RUNTIME or S2SR_ERROR_OUTPUT. Memory for
 * what is as large as a tile is asked for, and 8 MB are left for all that is small. Should other threads of the process,
 * ONNX Runtime's among them, take even these, the process ends; so it does where the system promises memory and takes it
 * back (Linux's OOM killer).
 *
 * Structs keep their layout as long as S2SR_ABI_VERSION stays. They have room to grow in dtype: its lower 8 bits are the type of
 * the pixels, the others are 0 and are kept for what pixels may need to say later. A library that does not know a value refuses
 * it, so a program can try. All else grows by new functions and new option keys.
 *
 * The library prints nothing. It has GDAL decode on the thread that reads, where what GDAL says is heard.
 *
 * Nothing is initialised when the library is loaded; ONNX Runtime is found and loaded when the first model is opened.
 */


#ifndef S2SR_H
#define S2SR_H

#include <stddef.h>
#include <stdint.h>

/** What the functions are declared with; a program that defines it first has its own way. */
#ifndef S2SR_API
#if defined(_WIN32)
#define S2SR_API __declspec(dllimport)
#elif defined(__GNUC__)
#define S2SR_API __attribute__((visibility("default")))
#else
#define S2SR_API
#endif
#endif

/**
 * The version of the library that this header belongs to: major, minor, patch.
 */
#define S2SR_VERSION_MAJOR 0

/**
 * See S2SR_VERSION_MAJOR.
 */
#define S2SR_VERSION_MINOR 1

/**
 * See S2SR_VERSION_MAJOR.
 */
#define S2SR_VERSION_PATCH 0

/**
 * Number of this binary interface. It rises when a program built against an older header could
 * misbehave: a function or constant removed or changed in meaning, a struct's layout changed. New
 * functions and new option keys do not raise it. It is also the soname's number: libs2sr.so.1.
 */
#define S2SR_ABI_VERSION 1

/**
 * Unsigned 8 bit.
 */
#define S2SR_UINT8 1

/**
 * Unsigned 16 bit, as in ESA's products.
 */
#define S2SR_UINT16 2

/**
 * Signed 16 bit.
 */
#define S2SR_INT16 3

/**
 * 32-bit floating point.
 */
#define S2SR_FLOAT32 4

/**
 * Done.
 */
#define S2SR_OK 0

/**
 * A null or senseless argument.
 */
#define S2SR_ERROR_ARGUMENT 1

/**
 * An unknown option, or a value it does not take; the message lists the valid ones.
 */
#define S2SR_ERROR_OPTION 2

/**
 * A product that can't be read, or lacks what the work needs.
 */
#define S2SR_ERROR_INPUT 3

/**
 * A model that is missing, altered, or without a valid contract.
 */
#define S2SR_ERROR_MODEL 4

/**
 * ONNX Runtime, the device or the system: not found, refused, failed; memory, threads or
 * descriptors ran out.
 */
#define S2SR_ERROR_RUNTIME 5

/**
 * A result that can't be written.
 */
#define S2SR_ERROR_OUTPUT 6

/**
 * The progress function asked to stop. Nothing was written.
 */
#define S2SR_ERROR_CANCELLED 7

/**
 * A bug in the library; the message says where.
 */
#define S2SR_ERROR_INTERNAL 8

/**
 * The plan for some bands, with its networks. May be used by several threads at once, which then
 * take turns. After fork(), the child has to open it anew.
 */
typedef struct s2sr_job s2sr_job;

/**
 * A network, ready to run. May be used by several threads at once, which then take turns. After
 * fork(), the child has to open it anew.
 */
typedef struct s2sr_model s2sr_model;

/**
 * Options, set one by one; see s2sr_options_describe for the keys. A call that uses them takes
 * them as they are when it starts.
 */
typedef struct s2sr_options s2sr_options;

/**
 * Progress of a long call, compatible with GDAL's GDALProgressFunc: the fraction done (0 to 1), a
 * note for the user or NULL, and the pointer given to the call. Called on the calling thread only,
 * several times a second. Return 0 to cancel. It has to return: it must not be left by longjmp or
 * by a C++ exception, which ends the process. In C++ use s2sr.hpp, whose progress functions may
 * throw.
 */
typedef int (*s2sr_progress)(double fraction, const char *message, void *user_data);

/**
 * A stack of bands in the caller's memory. The value of (band, row, column) stands at data[band *
 * band_stride + row * row_stride + column * col_stride], strides counted in values, not bytes.
 */
typedef struct s2sr_image {
  /**
   * The first value.
   */
  void *data;
  /**
   * S2SR_UINT16, ...
   */
  int32_t dtype;
  /**
   * Number of bands.
   */
  int64_t bands;
  /**
   * Number of rows, from north to south.
   */
  int64_t rows;
  /**
   * Number of columns, from west to east.
   */
  int64_t cols;
  /**
   * Values from a band to the next.
   */
  int64_t band_stride;
  /**
   * Values from a row to the next.
   */
  int64_t row_stride;
  /**
   * Values from a column to the next.
   */
  int64_t col_stride;
} s2sr_image;

/**
 * What a band in memory is and where it lies. Its pixels come with s2sr_job_run.
 */
typedef struct s2sr_band {
  /**
   * `B5`, `B8A`, ...
   */
  const char *name;
  /**
   * West edge of the first column, in m.
   */
  double west;
  /**
   * North edge of the first row, in m. Where a band comes finer than its own grid it counts from
   * the equator: in southern zones of UTM the northing less 10,000,000.
   */
  double north;
  /**
   * Ground sample distance in m: the band's own, or finer by a whole factor.
   */
  double gsd;
  /**
   * Number of columns, from west to east.
   */
  int64_t cols;
  /**
   * Number of rows, from north to south.
   */
  int64_t rows;
  /**
   * S2SR_UINT16, ...
   */
  int32_t dtype;
  /**
   * DN per unit of reflectance: 10000 in ESA's products, 1 where the pixels are reflectance.
   */
  double quantification;
  /**
   * What is added to DN before they are divided: -1000 since processing baseline 04.00.
   */
  double add_offset;
  /**
   * The DN of pixels without data; NaN: there is none.
   */
  double nodata;
} s2sr_band;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The message of the last call of this thread that could fail: one sentence that says what, where
 * and what to do. Never NULL; empty when that call succeeded. What frees leaves it as it is. Valid
 * until the next call of this library on the same thread.
 */
S2SR_API const char *s2sr_last_error(void);

/**
 * Options with their defaults; NULL where something goes wrong. Free with s2sr_options_free.
 */
S2SR_API struct s2sr_options *s2sr_options_new(void);

/**
 * Frees options. NULL, and what was freed already, is ignored.
 */
S2SR_API void s2sr_options_free(struct s2sr_options *options);

/**
 * Sets an option from text. An unknown key or value changes nothing and is answered with the valid
 * ones. A call refuses options that it does not use. What each call takes:
 *
 * - s2sr_run: to (10|5), model (NAME|FILE.onnx), bands (B5,B11), with-native (yes|no), uncertainty
 *   (yes|no), reflectance (yes|no), projwin (ULX ULY LRX LRY), projwin-srs (EPSG:CODE), srcwin
 *   (XOFF YOFF XSIZE YSIZE), cutline (FILE), quality (standard|best), device
 *   (auto|cpu|cuda|cuda:N), precision (exact|fast), threads (N), tile (N), format (GTiff|COG), co
 *   (KEY=VALUE), with-scl (yes|no), mask (yes|no), preview (FILE.png|.tif), no-verify (yes|no),
 *   models (FOLDER), onnxruntime (FILE), gdal (FILE), band-names (B2,B3,B4), quantification
 *   (NUMBER), offset (NUMBER), nodata (NUMBER|none)
 * - s2sr_info: model, models, gdal, band-names, quantification, offset, nodata
 * - s2sr_evaluate: model, quality, device, precision, threads, tile, html (FILE.html), models,
 *   onnxruntime, gdal, band-names, quantification, offset, nodata
 * - s2sr_model_list: models
 * - s2sr_write_vrt: to, model, bands, with-native, uncertainty, reflectance, cutline, quality,
 *   device, precision, threads, tile, with-scl, mask, models, gdal, band-names, quantification,
 *   offset, nodata
 * - s2sr_model_open: quality, device, precision, threads, models, onnxruntime
 * - s2sr_job_open: to, model, bands, with-native, uncertainty, reflectance, quality, device,
 *   precision, threads, tile, models, onnxruntime
 * - s2sr_model_run: tile, quantification, offset, nodata
 *
 * Contract:
 * `key` and `value` are C strings.
 */
S2SR_API int s2sr_options_set(struct s2sr_options *options, const char *key, const char *value);

/**
 * The table of options as JSON (schemas/options.json): an array of {key, kind, values, help,
 * scope, step, set_by}. Free
 * with s2sr_string_free.
 *
 * Contract:
 * `json` points to a writable pointer.
 */
S2SR_API int s2sr_options_describe(char **json);

/**
 * Number of the binary interface of the loaded library, to be compared with S2SR_ABI_VERSION of
 * the header.
 */
S2SR_API uint32_t s2sr_abi_version(void);

/**
 * Version of the loaded library, as "1.2.3"; the header's is S2SR_VERSION_MAJOR and so on.
 */
S2SR_API const char *s2sr_version(void);

/**
 * Super-resolves a product into a file, as `s2sr run` does. `report` (may be NULL) gets what was
 * done and what it took, as JSON (schemas/report.json). On failure, and when cancelled, no output
 * is left and an earlier output is untouched. Cancelling counts from the opening of the product
 * until the finished files get their names. Where reading is stuck, a cancelled call returns all
 * the same, and a thread is left behind that ends by itself. An output that is read, or that
 * another run writes just now, is refused.
 *
 * Contract:
 * `input` and `output` are C strings, `report` is NULL or writable.
 */
S2SR_API
int s2sr_run(const char *input,
             const char *output,
             const struct s2sr_options *options,
             s2sr_progress progress,
             void *user_data,
             char **report);

/**
 * The files that `s2sr run` with several products would write: in `folder`, each named after its
 * product and the options to and model. `paths` gets one for each of the `count` inputs, on success
 * alone; free each with s2sr_string_free. A folder that is none or that is a product, and inputs
 * that would become one file, are refused. Takes the options of s2sr_run.
 *
 * Contract:
 * `inputs` are `count` C strings, `folder` is one, `paths` is writable for `count` pointers.
 */
S2SR_API
int s2sr_outputs_in(const char *const *inputs,
                    size_t count,
                    const char *folder,
                    const struct s2sr_options *options,
                    char **paths);

/**
 * What a product is and what can be made of it, as JSON (schemas/info.json). Free with
 * s2sr_string_free.
 *
 * Contract:
 * `input` is a C string, `json` is writable.
 */
S2SR_API int s2sr_info(const char *input, const struct s2sr_options *options, char **json);

/**
 * Scores the networks on a product by Wald's protocol, beside bicubic, as JSON
 * (schemas/evaluation.json). Free with
 * s2sr_string_free.
 *
 * Contract:
 * As for s2sr_info.
 */
S2SR_API
int s2sr_evaluate(const char *input,
                  const struct s2sr_options *options,
                  s2sr_progress progress,
                  void *user_data,
                  char **json);

/**
 * The installed networks, as JSON: {"folder", "default", "models": [...]} (schemas/models.json).
 * Free with s2sr_string_free.
 *
 * Contract:
 * `json` is writable.
 */
S2SR_API int s2sr_model_list(const struct s2sr_options *options, char **json);

/**
 * Writes a VRT file that GDAL super-resolves as it is read, by the pixel function s2sr of the
 * plug-in gdal_S2SR.so. It covers the whole product: options of windows and formats are refused.
 *
 * Contract:
 * `input` and `output` are C strings, `options` is NULL or came from s2sr_options_new.
 */
S2SR_API int s2sr_write_vrt(const char *input, const char *output, const struct s2sr_options *options);

/**
 * Forgets what the GDAL plug-in keeps in this process between reads: opened products, computed
 * tiles, networks. What is being used is kept by those who use it, and everything is opened or
 * computed again when it is asked for. With GDAL's configuration option S2SR_CACHEMAX=0 the same
 * happens whenever the last dataset of the plug-in is closed.
 */
S2SR_API int s2sr_forget(void);

/**
 * The folder to put in GDAL_DRIVER_PATH; it holds gdal_S2SR.so. Free with s2sr_string_free.
 *
 * Contract:
 * `folder` is writable.
 */
S2SR_API int s2sr_gdal_plugins(char **folder);

/**
 * Opens a network by its name (s2sr_model_list) or its file. Takes the options quality, device,
 * precision, threads, models and onnxruntime; its runs are of that quality and precision, on that
 * device, with so many threads. Free with s2sr_model_free.
 *
 * Contract:
 * `name_or_file` is a C string, `model` is writable.
 */
S2SR_API int s2sr_model_open(const char *name_or_file, const struct s2sr_options *options, struct s2sr_model **model);

/**
 * A network's contract as JSON (schemas/contract.json): name, version, kind, inputs and outputs
 * with their bands and ground sample distances in the order in which s2sr_model_run takes them.
 * Free with s2sr_string_free.
 *
 * Contract:
 * `json` is writable.
 */
S2SR_API int s2sr_model_describe(const struct s2sr_model *model, char **json);

/**
 * Frees a network. NULL, and what was freed already, is ignored. A call that uses it in another
 * thread ends as ever.
 */
S2SR_API void s2sr_model_free(struct s2sr_model *model);

/**
 * The size of output number `output` (0) for inputs of these sizes. Nothing but the sizes is looked
 * at: their data may be NULL.
 *
 * Contract:
 * `inputs` points to `n_inputs` images, the results are writable.
 */
S2SR_API
int s2sr_model_output_shape(const struct s2sr_model *model,
                            const struct s2sr_image *inputs,
                            size_t n_inputs,
                            size_t output,
                            int64_t *bands,
                            int64_t *rows,
                            int64_t *cols);

/**
 * Super-resolves arrays: bands at their native sizes in, in the order of s2sr_model_describe,
 * bands at the target size out. The work is tiled inside, without seams. Takes the options tile,
 * quantification, offset and nodata. When it fails or is cancelled, the outputs hold anything. The inputs are read
 * tile by tile where they lie, so besides the caller's arrays only a few tiles are in memory.
 * Pixels without data hold nodata in the output, too; where its type cannot hold that, 0 among
 * whole numbers and NaN among floats. No other pixel does.
 *
 * Every pixel of an output has a place of its own, and the memory from its first pixel to its last
 * meets that of no input and no other output; what does not keep to this is refused.
 *
 * Contract:
 * `inputs` and `outputs` point to `n_inputs` and `n_outputs` images whose memory is theirs during
 * the call.
 */
S2SR_API
int s2sr_model_run(const struct s2sr_model *model,
                   const struct s2sr_image *inputs,
                   size_t n_inputs,
                   const struct s2sr_image *outputs,
                   size_t n_outputs,
                   const struct s2sr_options *options,
                   s2sr_progress progress,
                   void *user_data);

/**
 * Plans what `s2sr_run` would make of a product of these bands. Takes the options to, model,
 * bands, with-native, uncertainty, reflectance, quality, device, precision, threads, tile, models
 * and onnxruntime. Networks are opened by the first s2sr_job_run. Free with s2sr_job_free.
 *
 * Contract:
 * `bands` points to `n_bands` bands whose names are C strings, `job` is writable.
 */
S2SR_API
int s2sr_job_open(const struct s2sr_band *bands,
                  size_t n_bands,
                  const struct s2sr_options *options,
                  struct s2sr_job **job);

/**
 * The plan as JSON (schemas/job.json): bands (of the result, in order), reads (the bands that are
 * needed), models, notes, the grid of the whole result (west, north, gsd, cols, rows), scale (its
 * pixels per pixel of the finest band), dtype and nodata. Free with s2sr_string_free.
 *
 * Contract:
 * `json` is writable.
 */
S2SR_API int s2sr_job_describe(const struct s2sr_job *job, char **json);

/**
 * Which pixels of each band a window needs: four numbers a band, in the order of s2sr_job_open:
 * first column, first row, columns, rows; all 0 where none are. The window has the same form and
 * counts pixels of the finest band, from the corner of the whole; NULL is the whole.
 *
 * Contract:
 * `window` is NULL or points to 4 numbers, `rectangles` to 4 * n_bands writable ones.
 */
S2SR_API int s2sr_job_reads(const struct s2sr_job *job, const int64_t *window, int64_t *rectangles);

/**
 * Computes a window from the pixels that s2sr_job_reads names: `pixels` has one image of one band
 * for each band, in the order of s2sr_job_open; the images of those that are not needed are not
 * looked at. `output` has as many bands as s2sr_job_describe says, scale times the window's rows
 * and columns, and the dtype that it says. Whatever the windows, the pixels are the same within 1
 * DN. When it fails or is cancelled, the output holds anything.
 *
 * Contract:
 * As for s2sr_model_run.
 */
S2SR_API
int s2sr_job_run(const struct s2sr_job *job,
                 const int64_t *window,
                 const struct s2sr_image *pixels,
                 size_t n_bands,
                 const struct s2sr_image *output,
                 s2sr_progress progress,
                 void *user_data);

/**
 * The band that a name stands for (`B05_20m`, ...) as JSON (schemas/band.json): name, gsd (its own
 * ground sample distance in m) and wavelength in nm; S2SR_ERROR_INPUT for any other name, such as
 * that of a mask or an angle (`B05_qa`). Free with s2sr_string_free.
 *
 * Contract:
 * `text` is a C string, `json` is writable.
 */
S2SR_API int s2sr_band_describe(const char *text, char **json);

/**
 * Frees a job. NULL, and what was freed already, is ignored. A call that uses it in another thread
 * ends as ever.
 */
S2SR_API void s2sr_job_free(struct s2sr_job *job);

/**
 * Frees a string that this library returned. NULL is ignored.
 *
 * Contract:
 * `string` is NULL or came from this library and was not freed yet.
 */
S2SR_API void s2sr_string_free(char *string);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* S2SR_H */
