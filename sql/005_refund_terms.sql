-- A buyer has agreed to the terms that the checkout told, so what was sold keeps them.  The fees and free hours of a grid
-- never change once it is there: a change is a new grid that takes the old one's place in the shows, and the default's.
ALTER TABLE refund_grid ADD COLUMN replaced_by BIGINT NULL;
-- The grid an order was held under.  NULL: held by a worker of the version before, while the house was upgraded; the show's
-- counts.  No foreign key: every hold would lock the same row of the grid, and grids are never deleted.
ALTER TABLE orders ADD COLUMN refund_grid_id BIGINT NULL;
UPDATE orders o JOIN performance p ON p.id = o.performance_id JOIN shows s ON s.id = p.show_id
  SET o.refund_grid_id = COALESCE(s.refund_grid_id, (SELECT g.id FROM refund_grid g WHERE g.is_default = 1));
