-- Registry tables, version 6, as nameplate made them; rows of a test behind them.
SELECT 1;
