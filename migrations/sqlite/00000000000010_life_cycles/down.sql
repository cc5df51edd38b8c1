DROP TABLE kinships;
DROP TABLE state_events;
