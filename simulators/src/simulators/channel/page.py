"""The page at which a customer pays."""

from html import escape
from string import Template

from simulators.channel.protocol import PaymentRecord

_PAGE = Template("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Pay $amount $currency</title>
<h1>$amount $currency</h1>
<p>Order $order, by $channel. This payment is $state.</p>
<form method="post">
  <p><label>Amount in minor units <input name="amount" type="number" min="1" value="$asked"></label></p>
  <p><label><input name="again" type="checkbox" value="true"> even when it is paid already</label></p>
  <button>Pay</button>
</form>
</html>
""")


def pay_page(*, payment: PaymentRecord) -> str:
    """Return the page of a payment."""
    major, minor = divmod(payment.amount, 100)
    return _PAGE.substitute(
        amount=f"{major}.{minor:02}",
        currency=escape(payment.currency),
        order=escape(payment.order_id),
        channel=escape(payment.channel),
        state=payment.state,
        asked=payment.amount,
    )
