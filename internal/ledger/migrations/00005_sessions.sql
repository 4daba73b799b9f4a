-- +goose Up
create table ended_sessions ( -- of the older era, ended before their time
    session text   not null primary key, -- a digest of its id
    until   bigint not null
);

-- +goose Down
drop table ended_sessions;
