"""One request over several models at once: what it will cost, what came, and how that is shown.

comparison   who takes part, what each would cost; what each brought
compare      prices all, then asks all; one that fails does not stop the others
sheet        the pictures side by side, in one picture
report       everything on one page of HTML that needs nothing else
markup       HTML in which nothing is ever unescaped
"""
