-- What it takes to find out later what came of an attempt. Those from before have
-- neither, and stay unknown.

-- +goose Up
alter table attempts add column lookup text not null default '';
alter table attempts add column identity text not null default '';

-- +goose Down
alter table attempts drop column identity;
alter table attempts drop column lookup;
