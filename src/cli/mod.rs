//! Commands, arguments, exit status: 0 done, 1 failed (one sentence on stderr), 2 usage, 130
//! cancelled.

/// As the standard one, but what cannot be written is no reason to panic.
macro_rules! println {
    ($($text:tt)*) => { crate::cli::answer::line(format_args!($($text)*)) };
}

/// The same for messages, which are nobody's to miss.
macro_rules! eprintln {
    ($($text:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

mod answer;
mod args;
mod run;
mod show;
mod terminal;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ArgMatches;
use s2sr::Error;
use s2sr::internals::options::{ALLOW_MODEL_FILES, is_model_file};
use s2sr::internals::{gdal, gdal_plugin, tasks};

/// Runs the program.
pub fn main() -> ExitCode {
    let matches = match args::command().try_get_matches() {
        Ok(matches) => matches,
        // Among these are --help and --version.
        Err(told) => return ended(told_by_clap(&told)),
    };
    gdal::find::for_a_program_of_ours();
    gdal::outlive_long_files();
    ended(
        terminal::hear_signals()
            .and_then(|()| answer(&matches))
            .and_then(|()| answer::finish().map(|()| ExitCode::SUCCESS)),
    )
}

/// What the parser of the command line has to say.
fn told_by_clap(told: &clap::Error) -> anyhow::Result<ExitCode> {
    answer::keep(told.print());
    answer::finish()?;
    Ok(ExitCode::from(told.exit_code() as u8))
}

/// The exit status; an error is told.
fn ended(result: anyhow::Result<ExitCode>) -> ExitCode {
    match result {
        Ok(code) => code,
        Err(e) => {
            eprintln!("s2sr: {e}");
            match e.downcast_ref::<Error>() {
                // Work that was left behind may be stuck where the usual end of a program would
                // wait for it.
                Some(Error::Cancelled) => gdal::exit_at_once(terminal::CANCELLED.into()),
                Some(Error::Option { .. } | Error::Argument { .. }) => ExitCode::from(2),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// Does what the command asks for.
fn answer(matches: &ArgMatches) -> anyhow::Result<()> {
    match matches.subcommand() {
        Some(("run", m)) => run::run(m),
        Some(("info", m)) => args::options(m)
            .and_then(|o| show::info(&value(&tasks::info::info(input(m), &o)?)?, json(m))),
        Some(("evaluate", m)) => evaluate(m),
        Some(("vrt", m)) => vrt(m),
        Some(("gdal-plugins", _)) => gdal_plugin::plugin_folder()
            .map(|folder| println!("{}", folder.display()))
            .map_err(Into::into),
        Some(("models", m)) => {
            args::options(m).and_then(|o| show::models(&value(&tasks::info::models(&o)?)?, json(m)))
        }
        _ => Ok(()),
    }
}

fn value(answer: &impl serde::Serialize) -> anyhow::Result<serde_json::Value> {
    Ok(serde_json::to_value(answer)?)
}

fn input(m: &ArgMatches) -> &Path {
    m.get_one::<PathBuf>("INPUT")
        .map_or(Path::new(""), PathBuf::as_path)
}

fn output(m: &ArgMatches) -> &Path {
    m.get_one::<PathBuf>("OUTPUT")
        .map_or(Path::new(""), PathBuf::as_path)
}

fn json(m: &ArgMatches) -> bool {
    m.get_flag("json")
}

fn evaluate(m: &ArgMatches) -> anyhow::Result<()> {
    let options = args::options(m)?;
    let mut terminal = terminal::Terminal::new(json(m));
    let evaluation =
        tasks::evaluate::evaluate(input(m), &options, &mut |f, note| terminal.tell(f, note))?;
    terminal.done();
    show::evaluation(&evaluation, json(m))
}

fn vrt(m: &ArgMatches) -> anyhow::Result<()> {
    let options = args::options(m)?;
    gdal_plugin::write_vrt(input(m), output(m), &options)?;
    if options.get("model").is_some_and(is_model_file) {
        eprintln!(
            "note: the VRT names a network's file; GDAL reads it where the configuration option \
             {ALLOW_MODEL_FILES} is YES"
        );
    }
    if let Some(folder) = options.get("models") {
        eprintln!(
            "note: the VRT does not say where the networks are; set S2SR_MODELS={} where it is \
             read",
            folder.display()
        );
    }
    Ok(())
}
