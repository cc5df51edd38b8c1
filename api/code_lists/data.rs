//! Lists that are kept and shown, and that nothing is decided by. Sources and licences: `../shared/data/README.md`
//! of the project's data; English labels are ours.

use std::sync::LazyLock;

use super::{Code, CodeList};

/// A list that ships as a CSV file: `code,parent_code,vi,en`.
pub struct DataList {
    pub name: &'static str,
    csv: &'static str,
    rows: LazyLock<Vec<Row>>,
}

/// One line of the file.
pub struct Row {
    pub code: Code,
    /// The wider code that it belongs to.
    pub parent_code: Option<&'static str>,
}

/// The 54 ethnic groups and foreigners (decision 1019/QĐ-TCTK of 2008).
pub static ETHNIC_GROUPS: DataList =
    DataList { name: "ethnic_groups", csv: include_str!("data/ethnic_groups.csv"), rows: LazyLock::new(|| read(&ETHNIC_GROUPS)) };

/// Religions (decision 1019/QĐ-TCTK). The two that only the census of 2019 lists have codes of ours: `2019-` and
/// their place in its list.
pub static RELIGIONS: DataList =
    DataList { name: "religions", csv: include_str!("data/religions.csv"), rows: LazyLock::new(|| read(&RELIGIONS)) };

/// Groups of occupations, levels 1 and 2 (decision 34/2020/QĐ-TTg and the list of 2008).
pub static OCCUPATIONS: DataList =
    DataList { name: "occupations", csv: include_str!("data/occupations.csv"), rows: LazyLock::new(|| read(&OCCUPATIONS)) };

/// Every list of this kind.
pub static ALL: [&DataList; 3] = [&ETHNIC_GROUPS, &OCCUPATIONS, &RELIGIONS];

impl DataList {
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Whether the list has this code.
    pub fn contains(&self, code: &str) -> bool {
        self.rows.iter().any(|row| row.code.code == code)
    }

    /// The codes alone. They are kept for the life of the process.
    pub fn as_code_list(&self) -> CodeList {
        let codes: Vec<Code> = self.rows.iter().map(|row| row.code).collect();
        CodeList { name: self.name, codes: codes.leak() }
    }
}

/// The files are part of the program and checked by a test, so that they can be read without errors here.
fn read(list: &DataList) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(list.csv.as_bytes());
    let records: Vec<csv::StringRecord> = reader.records().filter_map(Result::ok).collect();
    records
        .into_iter()
        .filter_map(|record| {
            // Read once and never freed: borrowed from here on.
            let field = |place: usize| record.get(place).map(|text| &*text.to_owned().leak());
            let code = Code { code: field(0)?, vi: field(2)?, en: field(3)? };
            Some(Row { code, parent_code: field(1).filter(|parent| !parent.is_empty()) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_whole() {
        for (list, count) in [(&ETHNIC_GROUPS, 55), (&RELIGIONS, 16), (&OCCUPATIONS, 50)] {
            assert_eq!(list.rows().len(), count, "{}", list.name);
            for row in list.rows() {
                assert!(row.parent_code.is_none_or(|parent| list.contains(parent)), "{}", row.code.code);
            }
        }
        assert!(ETHNIC_GROUPS.contains("19") && !ETHNIC_GROUPS.contains("99"));
    }
}
