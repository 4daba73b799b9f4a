-- Times are nanoseconds since 1970, 0 for none: both engines keep them exactly.

-- +goose Up
create table attempts (
    id        text   not null primary key,
    digest    text   not null,
    number    bigint not null, -- among those with this digest, in the order of opening
    planned   bigint not null,
    at        bigint not null,
    outcome   text   not null check (outcome in ('running', 'done', 'refused', 'unknown')),
    resource  text   not null,
    key       text   not null,
    tool      text   not null,
    team      text   not null,
    mode      text   not null,
    principal text   not null,
    risk      text   not null,
    opener    text   not null, -- the instance of the server
    unique (digest, number)
);
create index attempts_running on attempts (opener) where outcome = 'running';

create table instances ( -- on PostgreSQL; beside a SQLite file there are locks
    id   text        not null primary key,
    seen timestamptz not null -- by the database's clock
);

create table selections (
    conversation text   not null primary key, -- a digest: ids of sessions let in whoever has them
    team         text   not null,
    used         bigint not null
);

-- +goose Down
drop table selections;
drop table instances;
drop table attempts;
