-- +goose Up
create table approvals ( -- what waits for a person outside of the conversation
    id         text   not null primary key, -- the plan's
    digest     text   not null,
    sealer     text   not null,
    plan       text   not null, -- sealed
    shown      text   not null,
    word       text   not null,
    tool       text   not null,
    team       text   not null,
    mode       text   not null,
    principal  text   not null,
    risk       text   not null,
    asked      bigint not null,
    expires    bigint not null,
    state      text   not null check (state in ('waiting', 'approved', 'denied', 'withdrawn')),
    decided_by text   not null,
    reason     text   not null,
    decided    bigint not null
);
create index approvals_of on approvals (digest, principal);

create table spent ( -- what attempts count against the caps of the operator's rules
    attempt  text    not null,
    rule     text    not null, -- by its name
    mode     text    not null,
    day      text    not null, -- in Mexico City, 2006-01-02
    currency text    not null,
    amount   bigint  not null, -- in millionths
    returned integer not null, -- 1: it came to nothing, and is not in the sums
    primary key (attempt, rule)
);

create table spent_days ( -- the sums of it
    rule     text   not null,
    mode     text   not null,
    day      text   not null,
    currency text   not null,
    calls    bigint not null,
    amount   bigint not null,
    primary key (rule, mode, day, currency)
);

-- +goose Down
drop table spent_days;
drop table spent;
drop table approvals;
