-- A whole whose steps took effect only in part. SQLite changes no check: the table is
-- made anew.

-- +goose Up
create table attempts_anew (
    id        text   not null primary key,
    digest    text   not null,
    number    bigint not null, -- among those with this digest, in the order of opening
    planned   bigint not null,
    at        bigint not null,
    outcome   text   not null check (outcome in ('running', 'done', 'refused', 'unknown', 'partial')),
    resource  text   not null,
    key       text   not null,
    tool      text   not null,
    team      text   not null,
    mode      text   not null,
    principal text   not null,
    risk      text   not null,
    opener    text   not null, -- the instance of the server
    lookup    text   not null default '',
    identity  text   not null default '',
    unique (digest, number)
);
insert into attempts_anew (id, digest, number, planned, at, outcome, resource, key, tool, team, mode, principal, risk, opener, lookup, identity)
    select id, digest, number, planned, at, outcome, resource, key, tool, team, mode, principal, risk, opener, lookup, identity from attempts;
drop table attempts;
alter table attempts_anew rename to attempts;
create index attempts_running on attempts (opener) where outcome = 'running';

-- +goose Down
create table attempts_anew (
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
    lookup    text   not null default '',
    identity  text   not null default '',
    unique (digest, number)
);
insert into attempts_anew (id, digest, number, planned, at, outcome, resource, key, tool, team, mode, principal, risk, opener, lookup, identity)
    select id, digest, number, planned, at, case outcome when 'partial' then 'done' else outcome end, resource, key, tool, team, mode, principal, risk, opener, lookup, identity from attempts;
drop table attempts;
alter table attempts_anew rename to attempts;
create index attempts_running on attempts (opener) where outcome = 'running';
