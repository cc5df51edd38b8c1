DROP TABLE field_visits;
DROP TABLE unit_assignments;
DROP TABLE title_standards;
DROP TABLE qualifications;
DROP TABLE appointments;
DROP TABLE terms;
