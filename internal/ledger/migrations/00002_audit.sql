-- +goose Up
create table audit ( -- only ever added to, and kept for good
    number    bigint not null primary key, -- 1, 2, 3 …
    at        bigint not null, -- with the next two, as in the record: to look for
    principal text   not null,
    team      text   not null,
    record    text   not null, -- JSON, with the hash of the record before
    hash      text   not null  -- SHA-256 of record
);
create index audit_of on audit (principal, team, number);

create table audit_heads (
    number    bigint not null, -- of the record that was the last
    hash      text   not null, -- its
    key       text   not null, -- public
    signature text   not null,
    primary key (number, key)
);

-- +goose Down
drop table audit_heads;
drop table audit;
