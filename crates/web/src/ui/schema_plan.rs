//! The types and what refers to what, as a picture: types stand in a column, each with what it
//! refers to on its right, and lines lead from one to the other.

use std::collections::BTreeSet;

use domain::schema::Schema;

/// The size of a box, and the space around it.
const WIDTH: usize = 150;
const HEIGHT: usize = 28;
const GAP_X: usize = 90;
const GAP_Y: usize = 14;

/// The picture.
pub(crate) struct Drawn {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) boxes: Vec<Box>,
    pub(crate) lines: Vec<Line>,
}

/// A type.
pub(crate) struct Box {
    pub(crate) x: usize,
    pub(crate) y: usize,
    pub(crate) text_x: usize,
    pub(crate) text_y: usize,
    pub(crate) name: String,
    pub(crate) label: String,
}

/// A reference: the curve, and what it says.
pub(crate) struct Line {
    pub(crate) path: String,
    pub(crate) told: String,
}

/// Draws the types of a schema.
pub(crate) fn draw(schema: &Schema) -> Drawn {
    let columns = columns(schema);
    let mut rows = vec![0_usize; schema.types().len() + 1];
    let mut boxes = Vec::new();
    for (of, column) in schema.types().iter().zip(&columns) {
        let row = rows.get_mut(*column).map_or(0, |row| std::mem::replace(row, *row + 1));
        let (x, y) = (1 + column * (WIDTH + GAP_X), 1 + row * (HEIGHT + GAP_Y));
        boxes.push(Box {
            x,
            y,
            text_x: x + WIDTH / 2,
            text_y: y + HEIGHT / 2,
            name: of.name.as_str().to_owned(),
            label: of.label.clone(),
        });
    }
    let lines = lines(schema, &boxes);
    Drawn {
        width: boxes.iter().map(|one| one.x + WIDTH + 1).max().unwrap_or(0),
        height: boxes.iter().map(|one| one.y + HEIGHT + 1).max().unwrap_or(0),
        boxes,
        lines,
    }
}

/// The column of each type: further right than all that refer to it, as far as there is no circle.
fn columns(schema: &Schema) -> Vec<usize> {
    let mut columns = vec![0_usize; schema.types().len()];
    let last = columns.len().saturating_sub(1);
    for _ in 0..columns.len() {
        for of in schema.types() {
            let from = columns.get(of.index.0).copied().unwrap_or(0);
            for target in of.fields.iter().filter_map(|field| field.kind.target()) {
                if target != of.index
                    && let Some(column) = columns.get_mut(target.0)
                {
                    *column = (*column).max(from + 1).min(last);
                }
            }
        }
    }
    close_up(columns)
}

/// Leaves out columns that nothing stands in.
fn close_up(columns: Vec<usize>) -> Vec<usize> {
    let used: BTreeSet<usize> = columns.iter().copied().collect();
    columns.into_iter().map(|column| used.range(..column).count()).collect()
}

fn lines(schema: &Schema, boxes: &[Box]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (of, from) in schema.types().iter().zip(boxes) {
        let mut told: Vec<(usize, Vec<&str>)> = Vec::new();
        for field in &of.fields {
            let Some(target) = field.kind.target() else { continue };
            match told.iter_mut().find(|(at, _)| *at == target.0) {
                Some((_, fields)) => fields.push(field.name.as_str()),
                None => told.push((target.0, vec![field.name.as_str()])),
            }
        }
        for (target, fields) in told {
            let Some(to) = boxes.get(target).filter(|_| target != of.index.0) else { continue };
            lines.push(Line {
                path: curve(from, to),
                told: format!("{} refers to {} as {}", from.label, to.label, fields.join(", ")),
            });
        }
    }
    lines
}

fn curve(from: &Box, to: &Box) -> String {
    let (start_y, end_y) = (from.y + HEIGHT / 2, to.y + HEIGHT / 2);
    // To the right, or back to what stands on the left.
    let (start_x, end_x) =
        if to.x > from.x { (from.x + WIDTH, to.x) } else { (from.x, to.x + WIDTH) };
    let middle = usize::midpoint(start_x, end_x);
    format!("M{start_x} {start_y}C{middle} {start_y} {middle} {end_y} {end_x} {end_y}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_referred_to_stands_further_right() {
        let schema = app::schema_file::built_in().unwrap();
        let drawn = draw(&schema);
        let at = |name: &str| drawn.boxes.iter().find(|one| one.name == name).unwrap();
        assert!(at("server").x < at("dc").x);
        let mut places: Vec<_> = drawn.boxes.iter().map(|one| (one.x, one.y)).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), schema.types().len(), "no two stand in one place");
        assert!(drawn.lines.iter().any(|line| line.told.starts_with("Server refers to ")));
        assert!(places.iter().all(|(x, y)| *x < drawn.width && *y < drawn.height));
    }

    #[test]
    fn columns_close_up_and_circles_end() {
        assert_eq!(close_up(vec![0, 4, 2, 4]), [0, 2, 1, 2]);
    }
}
