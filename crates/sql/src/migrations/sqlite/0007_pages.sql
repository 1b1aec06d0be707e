-- What pages show beside the records: `pages` moves when any of it does. By triggers, as for `people`.
INSERT INTO system_heads (name, head, at) VALUES ('pages', 0, 0);

CREATE TRIGGER pages_came_requests AFTER INSERT ON requests
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
CREATE TRIGGER pages_moved_requests AFTER UPDATE ON requests
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
CREATE TRIGGER pages_gone_requests AFTER DELETE ON requests
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
CREATE TRIGGER pages_came_request_reviewers AFTER INSERT ON request_reviewers
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
CREATE TRIGGER pages_gone_request_reviewers AFTER DELETE ON request_reviewers
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
CREATE TRIGGER pages_came_request_approvals AFTER INSERT ON request_approvals
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
CREATE TRIGGER pages_gone_request_approvals AFTER DELETE ON request_approvals
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
CREATE TRIGGER pages_came_request_events AFTER INSERT ON request_events
BEGIN UPDATE system_heads SET head = head + 1 WHERE name = 'pages'; END;
