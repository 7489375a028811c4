<?xml version="1.0" encoding="UTF-8"?>
<psc:chapters version="1.2" xmlns:psc="http://podlove.org/simple-chapters">
  <psc:chapter start="00:00:00.000" title="How the alphabet came"/>
  <psc:chapter start="00:00:15.000" title='A --&gt; B, &lt;B&gt; &amp; "C"; D=E\F'/>
  <psc:chapter start="00:00:30.123" title="文字 in Arabic"/>
</psc:chapters>
