//! Plots of what the benchmarks found, as SVG.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::*;

/// A figure of a register with so many servers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figure {
    /// `SQLite` or `PostgreSQL`.
    database: String,
    servers: f64,
    /// What was measured.
    what: String,
    number: f64,
}

/// The figures among what a benchmark said: lines of `growth DATABASE SERVERS WHAT NUMBER`.
pub(crate) fn figures(said: &str) -> Vec<Figure> {
    let figure = |line: &str| {
        let (database, rest) = line.strip_prefix("growth ")?.split_once(' ')?;
        let (servers, rest) = rest.split_once(' ')?;
        let (what, number) = rest.rsplit_once(' ')?;
        Some(Figure {
            database: database.to_owned(),
            servers: servers.parse().ok()?,
            what: what.to_owned(),
            number: number.parse().ok()?,
        })
    };
    said.lines().filter_map(figure).collect()
}

/// The figures as a table in Markdown: a row for what was measured of a database, a column for each size.
/// Nothing where there are none.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut sizes: Vec<f64> = figures.iter().map(|figure| figure.servers).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    sizes.dedup();
    let mut rows: Vec<(&str, &str)> = Vec::new();
    for figure in figures {
        let row = (figure.what.as_str(), figure.database.as_str());
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    // What is alike stands together.
    rows.sort_by_key(|(what, _)| figures.iter().position(|figure| figure.what == *what));
    if rows.is_empty() {
        return String::new();
    }
    let heads: Vec<String> = sizes.iter().map(|size| format!("{size} servers")).collect();
    let mut lines = vec![
        format!("| what | database | {} |", heads.join(" | ")),
        format!("| --- | --- |{}", " --- |".repeat(sizes.len())),
    ];
    for (what, database) in rows {
        let cell = |size: &f64| {
            let is_it = |figure: &&Figure| {
                (figure.what.as_str(), figure.database.as_str(), figure.servers)
                    == (what, database, *size)
            };
            figures.iter().find(is_it).map_or_else(String::new, |found| shown(found.number))
        };
        let cells: Vec<String> = sizes.iter().map(cell).collect();
        lines.push(format!("| {what}, {} | {database} | {} |", unit(what), cells.join(" | ")));
    }
    lines.join("\n") + "\n"
}

/// As many digits as tell something.
fn shown(number: f64) -> String {
    match number {
        number if number < 10.0 => format!("{number:.2}"),
        number if number < 100.0 => format!("{number:.1}"),
        number => format!("{number:.0}"),
    }
}

/// Draws a plot of each thing that was measured into the folder: both scales grow by powers of ten.
/// Gives the names of the files.
///
/// # Errors
/// When a file can't be written.
pub(crate) fn draw(figures: &[Figure], folder: &Path) -> Result<Vec<String>> {
    let mut whats: Vec<&str> = figures.iter().map(|figure| figure.what.as_str()).collect();
    whats.sort_unstable();
    whats.dedup();
    let mut files = Vec::new();
    for what in whats {
        let of: Vec<&Figure> = figures.iter().filter(|figure| figure.what == what).collect();
        let name = format!("growth-{}.svg", what.replace([' ', ','], "-").replace("--", "-"));
        draw_one(what, &of, &folder.join(&name)).map_err(|error| anyhow!("{name}: {error}"))?;
        files.push(name);
    }
    Ok(files)
}

fn draw_one(
    what: &str,
    figures: &[&Figure],
    path: &Path,
) -> Result<(), Box<dyn std::error::Error>> {
    let (from, to) = around(figures.iter().map(|figure| figure.servers));
    let (low, high) = around(figures.iter().map(|figure| figure.number));
    let root = SVGBackend::new(path, (640, 360)).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .caption(what, ("sans-serif", 18))
        .margin(12)
        .margin_right(44)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d((from..to).log_scale(), (low..high).log_scale())?;
    let plain = |number: &f64| format!("{number}");
    let mut mesh = chart.configure_mesh();
    mesh.x_desc("servers").y_desc(unit(what));
    mesh.x_label_formatter(&plain).y_label_formatter(&plain).draw()?;
    for (database, colour) in [("SQLite", BLUE), ("PostgreSQL", RED)] {
        let points = figures.iter().filter(|figure| figure.database == database);
        let points: Vec<(f64, f64)> =
            points.map(|figure| (figure.servers, figure.number)).collect();
        if points.is_empty() {
            continue;
        }
        chart
            .draw_series(LineSeries::new(points.clone(), &colour).point_size(3))?
            .label(database)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    root.present()?;
    Ok(())
}

fn unit(what: &str) -> &'static str {
    match what {
        "import" => "rows a second",
        "memory" => "MB",
        _ => "ms",
    }
}

/// The powers of ten below and above.
fn around(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = numbers.fold((f64::MAX, f64::MIN_POSITIVE), |(low, high), number| {
        (low.min(number), high.max(number))
    });
    let (low, high) = (low.log10().floor(), high.log10().ceil());
    (10_f64.powf(low), 10_f64.powf(high.max(low + 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plot_is_drawn_of_each_thing_that_was_measured() {
        let said = "loading\ngrowth SQLite 1000 page of 50 0.4\ngrowth PostgreSQL 1000 page of 50 1.5\n\
                    growth SQLite 1000000 page of 50 0.5\ngrowth SQLite 1000 import 9000\n";
        let found = figures(said);
        assert_eq!(found.len(), 4);
        let folder = tempfile::tempdir().unwrap();
        let files = draw(&found, folder.path()).unwrap();
        assert_eq!(files, ["growth-import.svg", "growth-page-of-50.svg"]);
        let svg = std::fs::read_to_string(folder.path().join("growth-page-of-50.svg")).unwrap();
        assert!(svg.contains("PostgreSQL") && svg.contains("polyline"), "{svg}");
    }

    #[test]
    fn a_table_has_a_row_for_each_database_and_a_column_for_each_size() {
        let said = "growth SQLite 1000 page of 50 0.412\ngrowth PostgreSQL 1000 page of 50 15.51\n\
                    growth SQLite 1000 import 9000.4\ngrowth SQLite 10000 page of 50 0.5\n";
        let expect = "| what | database | 1000 servers | 10000 servers |\n| --- | --- | --- | --- |\n\
                      | page of 50, ms | SQLite | 0.41 | 0.50 |\n| page of 50, ms | PostgreSQL | 15.5 |  |\n\
                      | import, rows a second | SQLite | 9000 |  |\n";
        assert_eq!(table(&figures(said)), expect);
        assert_eq!(table(&[]), "");
    }

    #[test]
    fn scales_reach_from_power_to_power() {
        assert_eq!(around([1_000.0, 1_000_000.0].into_iter()), (1_000.0, 1_000_000.0));
        assert_eq!(around([0.4].into_iter()), (0.1, 1.0));
    }
}
