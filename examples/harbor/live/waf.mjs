// What an edge blocks: in place of a rule set, the shapes of attacks that are best known, in a request's target, headers and body.
const SHAPES = [
  /\bunion\b[^a-z]+\bselect\b|\b(or|and)\b\s+['"\d(][^=]{0,20}=|;\s*(drop|insert|update|delete)\b|\bsleep\s*\(|benchmark\s*\(|information_schema|--\s*$|'\s*--/i,
  /<\s*(script|svg|img|iframe|body)\b|javascript:|\bon(error|load|click|focus)\s*=|document\.cookie|alert\s*\(/i,
  /\.\.[/\\]|%2e%2e|\/etc\/|\/proc\/self|boot\.ini|win\.ini|\.(env|git|htaccess|htpasswd)\b/i,
  /[;|`&]\s*(cat|ls|id|whoami|wget|curl|ping|sh|bash|nc|uname)\b|\$\((?:[^)]{1,80})\)|\/bin\/(sh|bash)|cmd\.exe|powershell/i,
  /(file|php|gopher|dict|expect|data|phar|zip|ldap):\/?\/|\$\{jndi:|<\?php|\beval\s*\(|\bsystem\s*\(|\bexec\s*\(|require\s*\(|child_process|__proto__|constructor\.prototype|phpinfo/i,
  /\b(sqlmap|nikto|nmap|masscan|acunetix|nessus|dirbuster|gobuster|wpscan|zgrab|nuclei|havij|openvas)\b/i,
];
const ROBOTS =
  /^(curl|wget|python|python-requests|go-http-client|java|libwww|scrapy|okhttp|httpclient|phantomjs|axios|node-fetch|undici|aiohttp)\b|phantomjs|scrapy/i;

/** Whether an edge answers 403 in place of passing a request on. */
export function isBlocked({ method, url = '', headers }, body) {
  const agent = headers['user-agent'] ?? '';
  if (agent === '' || headers.accept === undefined || ROBOTS.test(agent)) return true;
  if (['TRACE', 'CONNECT', 'DEBUG', 'TRACK'].includes(method)) return true;
  const { host: _, cookie, authorization: __, ...rest } = headers;
  const texts = [url, decoded(url), cookie ?? '', ...Object.values(rest).map(String), body];
  return texts.some((text) => SHAPES.some((shape) => shape.test(text)));
}

/** As often as it is encoded. */
function decoded(text) {
  try {
    const once = decodeURIComponent(text.replaceAll('+', ' '));
    return once === text ? once : decoded(once);
  } catch {
    return text;
  }
}
