DROP TABLE identity_lint_hits;
