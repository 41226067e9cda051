//! The arguments of each command. Options come from the library's own table, so that they are the
//! same everywhere.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};
use s2sr::Result;
use s2sr::internals::options::{Call, Kind, Options, TABLE};

/// The whole command line.
pub fn command() -> Command {
    let input = || {
        path("INPUT")
            .help("A product: SAFE (folder, any part of it, archive), folder of bands, raster with named bands, STAC item, Zarr, Theia; or its address")
    };
    let json = || flag("json", "Print the answer as JSON");
    Command::new("s2sr")
        .version(clap::crate_version!())
        .about("Makes Sentinel-2 sharper: 20 and 60 m bands to 10 m, all bands to 5 m")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            with_options(
                Command::new("run").about("Super-resolve products into GeoTIFFs"),
                Call::RUN,
            )
            .arg(input().num_args(1..))
            .arg(path("OUTPUT").help("The file to write; a folder where there are several INPUTs"))
            .arg(flag(
                "skip-existing",
                "Leave results that are there already as they are",
            ))
            .arg(flag("quiet", "Say nothing but errors"))
            .arg(json()),
        )
        .subcommand(
            with_options(
                Command::new("info").about("Show what a product is and what can be made of it"),
                Call::INFO,
            )
            .arg(input())
            .arg(json()),
        )
        .subcommand(
            with_options(
                Command::new("evaluate")
                    .about("Score the networks on a product by Wald's protocol, beside bicubic"),
                Call::EVALUATE,
            )
            .arg(input())
            .arg(json()),
        )
        .subcommand(
            with_options(
                Command::new("vrt").about("Write a VRT that GDAL super-resolves as it is read"),
                Call::VRT,
            )
            .arg(input())
            .arg(path("OUTPUT").help("The VRT to write")),
        )
        .subcommand(
            Command::new("gdal-plugins").about("Print the folder to put in GDAL_DRIVER_PATH"),
        )
        .subcommand(
            with_options(
                Command::new("models").about("List the installed networks with their scores"),
                Call::MODELS,
            )
            .arg(json()),
        )
}

/// A file or folder; its name need not be UTF-8.
fn path(name: &'static str) -> Arg {
    Arg::new(name)
        .required(true)
        .value_parser(clap::value_parser!(PathBuf))
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

fn with_options(command: Command, call: Call) -> Command {
    call.entries().fold(command, |command, e| {
        let arg = Arg::new(e.key).long(e.key).help(e.help);
        // A value may be the name of a file, and so need not be UTF-8.
        let valued = arg
            .clone()
            .allow_hyphen_values(true)
            .value_parser(clap::value_parser!(OsString));
        command.arg(match e.kind {
            Kind::Switch => arg.action(ArgAction::SetTrue),
            Kind::One => valued.value_name(e.values),
            Kind::Many => valued.value_name(e.values).action(ArgAction::Append),
            Kind::Four => valued
                .num_args(4)
                .value_names(e.values.split(' ').collect::<Vec<_>>()),
        })
    })
}

/// Takes the options out of a command's arguments.
pub fn options(m: &ArgMatches) -> anyhow::Result<Options> {
    let mut options = Options::default();
    for e in TABLE
        .iter()
        .filter(|e| m.try_contains_id(e.key).unwrap_or(false))
    {
        set(&mut options, m, e.key, e.kind)?;
    }
    Ok(options)
}

fn set(options: &mut Options, m: &ArgMatches, key: &str, kind: Kind) -> Result<()> {
    if kind == Kind::Switch {
        return if m.get_flag(key) {
            options.set(key, "yes")
        } else {
            Ok(())
        };
    }
    let given = m.get_many::<OsString>(key).into_iter().flatten();
    let values: Vec<&OsStr> = given.map(OsString::as_os_str).collect();
    match kind {
        Kind::Four if !values.is_empty() => options.set(key, values.join(OsStr::new(" "))),
        _ => values.into_iter().try_for_each(|v| options.set(key, v)),
    }
}
