DROP TABLE core_periods;
DROP TABLE member_special_groups;
DROP TABLE member_tree;
DROP TABLE member_events;
DROP TABLE memberships;
DROP TABLE members;
