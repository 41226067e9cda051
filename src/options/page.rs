//! The page of options is made from the table. `S2SR_WRITE_OPTIONS=1 cargo test --lib options_page`
//! renews it.

use super::table::{Door, Kind, TABLE};
use super::*;

/// The calls that take options from people, and what they are called on the page.
const CALLS: [(&str, &[Call]); 5] = [
    ("run", &[Call::RUN]),
    ("info", &[Call::INFO]),
    ("evaluate", &[Call::EVALUATE]),
    ("vrt", &[Call::VRT]),
    ("arrays", &[Call::BANDS, Call::MODEL_RUN]),
];

fn uses(call: Call, entry: &Entry) -> bool {
    call.entries().any(|other| other.key == entry.key)
}

fn page() -> String {
    let mut text = String::from(
        "# Options\n\n\
         They are the same everywhere: `--with-native` in the shell, `with_native=True` in Python,\n\
         `s2sr_options_set(options, \"with-native\", \"yes\")` in C, `WITH_NATIVE=yes` as an open option of GDAL. Each call \
         refuses those\nthat it does not use. *arrays* are bands in memory, of C and Python.\n\n\
         | option | values | what it does | used by | from data |\n|---|---|---|---|---|\n",
    );
    for e in &TABLE {
        let used: Vec<&str> = CALLS
            .iter()
            .filter(|(_, calls)| calls.iter().any(|call| uses(*call, e)))
            .map(|(name, _)| *name)
            .collect();
        let values = match e.kind {
            Kind::Switch => "yes, no".into(),
            Kind::Many => format!("`{}`, any number of times", e.values.replace('|', "\\|")),
            _ => format!("`{}`", e.values.replace('|', "\\|")),
        };
        let door = match e.door {
            Door::Data if uses(Call::VRT, e) => "yes".into(),
            Door::Data | Door::Program("") => "no".into(),
            Door::Program(variable) => format!("no; `{variable}`"),
        };
        text += &format!(
            "| `{}` | {values} | {} | {} | {door} |\n",
            e.key,
            e.help,
            used.join(", "),
        );
    }
    text += "\n*From data*: whether a VRT, a name of a dataset or an open option may set it, too. The others are set by the program \
             alone, or\nby the variable of the environment that is named.\n";
    text
}

#[test]
fn the_options_page_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/options.md");
    if std::env::var_os("S2SR_WRITE_OPTIONS").is_some() {
        std::fs::write(&file, page()).unwrap();
    }
    assert!(
        std::fs::read_to_string(&file).is_ok_and(|text| text == page()),
        "docs/options.md is not what the table makes; renew it with \
         S2SR_WRITE_OPTIONS=1 cargo test --lib options_page"
    );
}
