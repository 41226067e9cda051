//! The table of options: what each is called and looks like, which step of the work uses it, and who may set it.

use serde::Serialize;

use Door::{Data, Program};
use Kind::{Four, Many, One, Switch};

/// How many values an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// yes or no.
    Switch,
    /// One value; the last one set holds.
    One,
    /// Four numbers.
    Four,
    /// One value each time it is set; all of them hold.
    Many,
}

/// Who may set an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Programs and their environment: the command line, C, GDAL's configuration. It decides what
    /// code or which networks are loaded. Holds the environment variable that sets it too.
    Program(&'static str),
    /// Also what comes with data: a VRT, a dataset name, an open option.
    Data,
}

/// The step of the work that an option is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Finding the installed networks.
    Find,
    /// Loading ONNX Runtime.
    Load,
    /// Finding GDAL.
    Files,
    /// Choosing networks.
    Choose,
    /// Deciding which bands become what.
    Plan,
    /// Cutting a window out.
    Window,
    /// The outline of a result, and what it carries besides its bands.
    Result,
    /// Making a network ready to run.
    Open,
    /// Cutting the work into tiles.
    Tile,
    /// Telling the bands of a product apart.
    Read,
    /// What the numbers mean, where the product does not say it, and those of arrays.
    Numbers,
    /// Writing files.
    Write,
    /// Writing a report of scores.
    Tell,
}

impl Step {
    /// Whether the step belongs to work on files, on arrays in memory, or both.
    pub fn scope(self) -> &'static str {
        match self {
            Step::Files
            | Step::Read
            | Step::Choose
            | Step::Plan
            | Step::Window
            | Step::Result
            | Step::Write
            | Step::Tell => "files",
            Step::Numbers | Step::Find | Step::Load | Step::Open | Step::Tile => "both",
        }
    }
}

/// What the library is asked to do: its name in messages, and the steps that it takes. It refuses
/// the options of others.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// `s2sr run`, `s2sr_model_open`, …
    pub name: &'static str,
    steps: &'static [Step],
}

impl Call {
    /// A product into a file.
    pub const RUN: Call = Call {
        name: "super-resolving a product into a file",
        steps: &[
            Step::Read,
            Step::Numbers,
            Step::Choose,
            Step::Plan,
            Step::Window,
            Step::Result,
            Step::Open,
            Step::Tile,
            Step::Write,
            Step::Find,
            Step::Load,
            Step::Files,
        ],
    };
    /// What a product is.
    pub const INFO: Call = Call {
        name: "describing a product",
        steps: &[
            Step::Read,
            Step::Numbers,
            Step::Choose,
            Step::Find,
            Step::Files,
        ],
    };
    /// Scores on a product.
    pub const EVALUATE: Call = Call {
        name: "scoring the networks on a product",
        steps: &[
            Step::Read,
            Step::Numbers,
            Step::Choose,
            Step::Open,
            Step::Tile,
            Step::Tell,
            Step::Find,
            Step::Load,
            Step::Files,
        ],
    };
    /// The installed networks.
    pub const MODELS: Call = Call {
        name: "listing the networks",
        steps: &[Step::Find],
    };
    /// A VRT file.
    pub const VRT: Call = Call {
        name: "writing a VRT",
        steps: &[
            Step::Read,
            Step::Numbers,
            Step::Choose,
            Step::Plan,
            Step::Result,
            Step::Open,
            Step::Tile,
            Step::Find,
            Step::Files,
        ],
    };
    /// Bands in memory.
    pub const BANDS: Call = Call {
        name: "super-resolving bands in memory",
        steps: &[
            Step::Choose,
            Step::Plan,
            Step::Open,
            Step::Tile,
            Step::Find,
            Step::Load,
        ],
    };
    /// A network for arrays.
    pub const MODEL_OPEN: Call = Call {
        name: "opening a network",
        steps: &[Step::Open, Step::Find, Step::Load],
    };
    /// Arrays through a network.
    pub const MODEL_RUN: Call = Call {
        name: "running a network on arrays",
        steps: &[Step::Tile, Step::Numbers],
    };

    /// The options that count.
    pub fn entries(self) -> impl Iterator<Item = &'static Entry> {
        TABLE.iter().filter(move |e| self.steps.contains(&e.step))
    }
}

/// One line of the table of options.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The name: `--key` on the command line, `key` elsewhere.
    pub key: &'static str,
    /// How many values it takes.
    pub kind: Kind,
    /// What its values look like, `|` between alternatives.
    pub values: &'static str,
    /// One sentence on what it does.
    pub help: &'static str,
    /// The step that it is for.
    pub step: Step,
    /// Who may set it.
    pub door: Door,
}

const fn entry(
    key: &'static str,
    kind: Kind,
    values: &'static str,
    step: Step,
    door: Door,
    help: &'static str,
) -> Entry {
    Entry {
        key,
        kind,
        values,
        help,
        step,
        door,
    }
}

/// The options, in the order in which help shows them.
pub const TABLE: [Entry; 29] = [
    entry(
        "to",
        One,
        "10|5",
        Step::Plan,
        Data,
        "Ground sample distance of the result in m (default: 10).",
    ),
    entry(
        "model",
        One,
        "NAME|FILE.onnx",
        Step::Choose,
        Data,
        "A family of networks, one network by name, or a file with the model's contract (default: the fast networks).",
    ),
    entry(
        "bands",
        One,
        "B5,B11",
        Step::Plan,
        Data,
        "The bands to give (default: all that are super-resolved).",
    ),
    entry(
        "with-native",
        Switch,
        "yes|no",
        Step::Plan,
        Data,
        "Also copy the bands that already have the target's ground sample distance.",
    ),
    entry(
        "uncertainty",
        Switch,
        "yes|no",
        Step::Plan,
        Data,
        "Also give the expected error of each super-resolved band, in its unit, as a band of its own (B5_uncertainty).",
    ),
    entry(
        "reflectance",
        Switch,
        "yes|no",
        Step::Plan,
        Data,
        "Give reflectance in floats, not DN.",
    ),
    entry(
        "projwin",
        Four,
        "ULX ULY LRX LRY",
        Step::Window,
        Data,
        "Only this window, in the coordinates of the product.",
    ),
    entry(
        "projwin-srs",
        One,
        "EPSG:CODE",
        Step::Window,
        Data,
        "The coordinate reference system of projwin (default: the product's).",
    ),
    entry(
        "srcwin",
        Four,
        "XOFF YOFF XSIZE YSIZE",
        Step::Window,
        Data,
        "Only this window, in pixels of the finest grid (10 m), counted from the upper left corner of the whole result.",
    ),
    entry(
        "cutline",
        One,
        "FILE",
        Step::Result,
        Data,
        "Only the area of the polygons in this file (GeoJSON, GeoPackage, …); outside of it the result has no data.",
    ),
    entry(
        "quality",
        One,
        "standard|best",
        Step::Open,
        Data,
        "best: the mean over all eight ways to turn and mirror what the networks see; a little better, eight times slower (default: standard).",
    ),
    entry(
        "device",
        One,
        "auto|cpu|cuda|cuda:N",
        Step::Open,
        Data,
        "Where the networks run (default: auto, a GPU if there is one).",
    ),
    entry(
        "precision",
        One,
        "exact|fast",
        Step::Open,
        Data,
        "fast: on a GPU, the trained convolutions with 16-bit floats, some tenths of a DN from exact (default: exact). On the processor both are the same.",
    ),
    entry(
        "threads",
        One,
        "N",
        Step::Open,
        Data,
        "Processor threads for the networks, and as many that decode (default: all).",
    ),
    entry(
        "tile",
        One,
        "N",
        Step::Tile,
        Data,
        "Tile size in pixels of the finest grid; the result does not depend on it (default: 768).",
    ),
    entry(
        "format",
        One,
        "GTiff|COG",
        Step::Write,
        Program(""),
        "Format of the result (default: GTiff).",
    ),
    entry(
        "co",
        Many,
        "KEY=VALUE",
        Step::Write,
        Program(""),
        "Creation option of the format; may be given more than once.",
    ),
    entry(
        "with-scl",
        Switch,
        "yes|no",
        Step::Result,
        Data,
        "Also give the scene classification (SCL) of an L2A product, as the last band.",
    ),
    entry(
        "mask",
        Switch,
        "yes|no",
        Step::Result,
        Data,
        "Also write a mask: which pixels have data in every band.",
    ),
    entry(
        "preview",
        One,
        "FILE.png|.tif",
        Step::Write,
        Program(""),
        "Also draw the source and the result side by side, where the scene has most detail; as .tif, the result in 8-bit colours on the map.",
    ),
    entry(
        "html",
        One,
        "FILE.html",
        Step::Tell,
        Program(""),
        "Also write the scores as a page with tables, charts and a picture.",
    ),
    entry(
        "no-verify",
        Switch,
        "yes|no",
        Step::Write,
        Program(""),
        "Do not hold the product's files against their checksums (zip, manifest.safe).",
    ),
    entry(
        "models",
        One,
        "FOLDER",
        Step::Find,
        Program("S2SR_MODELS"),
        "Folder with the networks and their index.json (default: found beside the library).",
    ),
    entry(
        "onnxruntime",
        One,
        "FILE",
        Step::Load,
        Program("ORT_DYLIB_PATH"),
        "ONNX Runtime's shared library (default: found beside the library, then the system's).",
    ),
    entry(
        "gdal",
        One,
        "FILE",
        Step::Files,
        Program("S2SR_GDAL"),
        "GDAL's shared library (default: the one of this process, then the system's).",
    ),
    entry(
        "band-names",
        One,
        "B2,B3,B4",
        Step::Read,
        Data,
        "What the bands of a raster are that does not say it, in their order; - leaves one out.",
    ),
    entry(
        "quantification",
        One,
        "NUMBER",
        Step::Numbers,
        Data,
        "DN per unit of reflectance (default: what the product says, else 10000; 1 for reflectance in floats).",
    ),
    entry(
        "offset",
        One,
        "NUMBER",
        Step::Numbers,
        Data,
        "What is added to DN before they are divided (default: what the product says, else 0; ESA's is -1000 since processing baseline 04.00).",
    ),
    entry(
        "nodata",
        One,
        "NUMBER|none",
        Step::Numbers,
        Data,
        "The DN of pixels without data (default: what the product says, else 0; in floats nothing but NaN).",
    ),
];

/// The line of the table for a key.
pub fn find(key: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|e| e.key == key)
}
