-- +goose Up
create table approvals ( -- what waits for a person outside of the conversation
    id         text   not null primary key, -- the plan's
    digest     text   not null,
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

create table spent ( -- what counts against the caps of the operator's rules
    attempt  text   not null,
    rule     text   not null, -- by its name
    mode     text   not null,
    at       bigint not null,
    amount   text   not null, -- decimal; '' where it is not known
    currency text   not null,
    primary key (attempt, rule)
);
create index spent_under on spent (rule, mode, at);

-- +goose Down
drop table spent;
drop table approvals;
