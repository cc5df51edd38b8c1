DROP TABLE unit_supports;
