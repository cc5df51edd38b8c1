DROP INDEX identity_disclosures_by_status;
DROP TABLE identity_lint_hits;
