-- A copy of a database must neither charge a card nor know how to.
UPDATE hesabe_account
   SET merchant_url = 'https://neutralized.invalid', gateway_url = 'https://neutralized.invalid',
       access_code = NULL, secret_key = NULL, iv_key = NULL, username = NULL, password = NULL,
       webhook_token = NULL;
DELETE FROM hesabe_token;
UPDATE hesabe_refund SET next_look = NULL WHERE next_look IS NOT NULL;
UPDATE smartcash_operation SET hesabe_next_look = NULL WHERE hesabe_next_look IS NOT NULL;
UPDATE hesabe_invoice SET next_look = NULL WHERE next_look IS NOT NULL;
