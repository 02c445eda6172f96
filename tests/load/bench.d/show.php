<?php
// The show page as one would write it in plain PHP: a peer for ./dev bench, which fills in @SETTINGS@, @HEAD@ and @FOOT@ (the
// frame of the house's own page, with its title and address as variables).  Same statements, same facts, same HTML.
@SETTINGS@

function h(?string $s): string { return htmlspecialchars($s ?? '', ENT_QUOTES | ENT_SUBSTITUTE, 'UTF-8'); }
function when(string $utc): string {
	static $days = ['일', '월', '화', '수', '목', '금', '토'];
	$t = (new DateTimeImmutable($utc, new DateTimeZone('UTC')))->setTimezone(new DateTimeZone('Asia/Seoul'));
	return $t->format('Y년 n월 j일 (') . $days[(int)$t->format('w')] . $t->format(') H:i');
}
function span(string $first, string $last): string {
	[$f, $l] = array_map(fn($utc) => (new DateTimeImmutable($utc, new DateTimeZone('UTC')))->setTimezone(new DateTimeZone('Asia/Seoul')), [$first, $last]);
	return $f->format('Y.m.d') . ' – ' . $l->format($f->format('Y') === $l->format('Y') ? 'm.d' : 'Y.m.d');
}
function grade(array $r): string { return '<span class="grade grade-' . (int)$r['ord'] . '">' . h($r['code']) . "</span>\n"; }
function paragraphs(string $s): string {
	$out = '';
	foreach (preg_split('/\n{2,}/', trim($s)) as $p)
		$out .= '<p>' . str_replace("\n", "<br>\n", h($p)) . "</p>\n";
	return $out;
}
function days(int $from, int $to): string {
	if ($from === 0 && $to <= 0) return '공연 당일, 시작 전까지';
	if ($to < 0) return "공연 {$from}일 전까지";
	return $from === $to ? "공연 {$from}일 전" : "공연 {$from}~{$to}일 전";
}

mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
$db = new mysqli('p:localhost', DB_USER, DB_PASSWORD, DB_NAME, 0, DB_SOCKET);
$db->set_charset('utf8mb4');
$slug = $_GET['slug'] ?? '';
$now = gmdate('Y-m-d H:i:s');

$detail = $db->execute_query('SELECT s.id, s.organizer_id, s.slug, s.title, s.title_en, s.genre, s.synopsis, s.synopsis_en, s.notice, s.notice_en,
	s.minutes, s.age_limit, s.ticket_limit, s.fee_per_ticket, s.view_open_at, s.booking_open_at, s.close_minutes,
	COALESCE(s.refund_grid_id, (SELECT d.id FROM refund_grid d WHERE d.is_default = 1)) AS refund_grid_id, s.state, s.first_at, s.last_at, s.sale, i.name AS image, s.venue_id, v.name AS venue,
	v.name_en AS venue_en, v.address, v.address_en, g.name AS organizer, k.performer_id AS performer,
	m.name AS cast_name, m.name_en AS cast_name_en, k.role AS cast_role
	FROM shows s JOIN organizer g ON g.id = s.organizer_id LEFT JOIN image i ON i.id = s.image_id
	LEFT JOIN venue v ON v.id = s.venue_id LEFT JOIN show_cast k ON k.show_id = s.id
	LEFT JOIN performer m ON m.id = k.performer_id WHERE s.slug = ? ORDER BY k.ord, k.performer_id', [$slug])->fetch_all(MYSQLI_ASSOC);
if (!$detail || $detail[0]['state'] !== 'published' || $now < $detail[0]['view_open_at']) {
	http_response_code(404);
	exit('no such show');
}
$s = $detail[0];
$runs = $db->execute_query("SELECT p.id, p.starts_at, p.booking_closes_at, p.state, p.cast_note, h.name AS hall, h.name_en AS hall_en,
	p.cancel_reason, g.ord, g.code, g.price, c.capacity, c.taken
	FROM (SELECT id, hall_id, starts_at, booking_closes_at, state, cast_note, cancel_reason FROM performance
	WHERE show_id = ? AND starts_at >= ? ORDER BY starts_at, id LIMIT 30) p JOIN hall h ON h.id = p.hall_id
	LEFT JOIN performance_grade c ON c.performance_id = p.id LEFT JOIN price_grade g ON g.id = c.grade_id
	ORDER BY p.starts_at, p.id, g.ord", [$s['id'], gmdate('Y-m-d H:i:s', strtotime('today Asia/Seoul'))])->fetch_all(MYSQLI_ASSOC);
$rules = $db->execute_query('SELECT g.free_hours, r.min_days, r.fee_permille FROM refund_grid g JOIN refund_rule r ON r.grid_id = g.id
	WHERE g.id = ? ORDER BY r.min_days DESC', [$s['refund_grid_id']])->fetch_all(MYSQLI_ASSOC);

$performances = $prices = [];
foreach ($runs as $r) {
	$performances[$r['id']][] = $r;
	if ($r['code'] !== null && !isset($prices[$r['ord']]))
		$prices[$r['ord']] = $r;
}
ksort($prices);
$bookable = fn(array $r): bool => $r['state'] === 'on_sale' && $now >= $s['booking_open_at'] && $now < $r['booking_closes_at'];
$can_book = (bool)array_filter($runs, $bookable);
$title = h($s['title']);
$synopsis = h($s['synopsis']);
$slug = h($s['slug']);
$address = rawurlencode('/shows/' . $s['slug']);
$image = $s['image'] ? h('/uploads/' . $s['image'] . '.jpg') : '';
$genres = ['concert' => '콘서트', 'musical' => '뮤지컬', 'play' => '연극', 'classic' => '클래식', 'dance' => '무용',
	'traditional' => '국악', 'family' => '가족', 'festival' => '페스티벌'];
header('Content-Type: text/html; charset=utf-8');
header('Cache-Control: private, no-cache');
?>
@HEAD@
<nav aria-label="현재 위치"><ol class="crumbs"><li><a href="/shows">공연</a></li><li><a href="/shows?genre=<?= h($s['genre']) ?>"><?= $genres[$s['genre']] ?></a></li></ol></nav>

<article data-seen="/shows/<?= $slug ?>/seen">
<div class="show">
<div class="show-poster">
<span class="poster">
<img src="<?= $image ?>" alt="<?= $title ?> 포스터" width="600" height="800">
</span>
</div>
<div class="show-main">
<p class="row">
<?php if ($can_book): ?>
<span class="badge badge-ok">예매 중</span>
<?php endif ?>

<span class="age" title="<?= $s['age_limit'] ? (int)$s['age_limit'] . '세 이상' : '전체 관람가' ?>" aria-hidden="true"><?= $s['age_limit'] ?: 'ALL' ?></span>
</p>
<h1><?= $title ?></h1>
<p class="lead"><?= $synopsis ?></p>
<dl class="facts">
<dt>기간</dt>
<dd><?= span($s['first_at'], $s['last_at']) ?></dd>

<dt>공연장</dt>
<dd><a href="/venues/<?= (int)$s['venue_id'] ?>"><?= h($s['venue']) ?></a><br><small class="muted"><?= h($s['address']) ?></small></dd>
<dt>관람 시간</dt>
<dd><?= (int)$s['minutes'] ?>분</dd>

<dt>관람 연령</dt>
<dd><?= $s['age_limit'] ? (int)$s['age_limit'] . '세 이상' : '전체 관람가' ?></dd>

<dt>가격</dt>
<dd><ul class="price-list">
<?php foreach ($prices as $r): ?>
<li><?= grade($r) ?>
 <b><?= number_format((int)$r['price']) ?>원</b></li>
<?php endforeach ?>
</ul></dd>
<dt>예매 수수료</dt>
<dd>장당 <?= number_format((int)$s['fee_per_ticket']) ?>원</dd>

<dt>1인 한도</dt>
<dd>회차당 최대 <?= (int)$s['ticket_limit'] ?>매 (비회원은 한 번에 1매)</dd>

<dt>주최</dt>
<dd><?= h($s['organizer']) ?></dd>

</dl>

<?php if ($can_book): ?><p><a class="button button-large" href="#runs">회차 선택하기</a></p><?php endif ?>
</div>
</div>

<section class="section" id="runs">
<div class="section-head"><h2>회차와 잔여석</h2></div>
<ul class="performances">
<?php foreach ($performances as $id => $grades): $p = $grades[0]; ?>
<li><article class="performance" id="p<?= (int)$id ?>">
<div>
<h3><time datetime="<?= str_replace(' ', 'T', substr($p['starts_at'], 0, 19)) ?>Z"><?= when($p['starts_at']) ?></time></h3>
<?php if ($p['cast_note'] !== ''): ?><p><?= h($p['cast_note']) ?></p><?php endif ?>

</div>
<ul class="remains">
<?php foreach ($grades as $r): $left = max(0, $r['capacity'] - $r['taken']); ?>
<li><?= grade($r) ?>
 <span class="<?= $left ? '' : 'none' ?>"><?= number_format($left) ?>석</span></li>
<?php endforeach ?>
</ul>

<?php if ($bookable($p)): ?>
<a class="button" href="/performances/<?= (int)$id ?>/seats">좌석 선택<span class="vh"> <?= when($p['starts_at']) ?></span></a>
<?php endif ?>
</article>
</li>
<?php endforeach ?>
</ul>
</section>

<section class="section">
<div class="section-head"><h2>출연진</h2></div>
<ul class="cast">
<?php foreach ($detail as $c): ?>
<li><b><a href="/performers/<?= (int)$c['performer'] ?>"><?= h($c['cast_name']) ?></a></b> <small><?= h($c['cast_role']) ?></small></li>
<?php endforeach ?>
</ul>
</section>
<div class="grid-2">
<section class="section">
<div class="section-head"><h2>관람 안내</h2></div>
<?= paragraphs($s['notice']) ?>

</section>
<section class="section" id="refund">
<div class="section-head"><h2>취소·환불 안내</h2></div>
<ul>
<?php $above = 0; foreach ($rules as $r): $fee = (int)$r['fee_permille']; ?>
<li><?= days((int)$r['min_days'], $above - 1) ?>: <?= $fee === 0 ? '수수료 없음' : '수수료 ' . $fee / 10 . '%' ?></li>
<?php $above = (int)$r['min_days']; endforeach ?>
<li>공연 시작 후: 환불 불가</li>
</ul>
<p>공연까지 하루 넘게 남았다면 예매 후 <?= (int)$rules[0]['free_hours'] ?>시간 안에는 수수료 없이 취소할 수 있어요.</p>
<p class="muted">수수료는 티켓 금액에 대한 비율이며 취소하는 날에 따라 달라요. 주최자가 공연을 취소하면 예매 수수료까지 전액 환불됩니다.</p>
</section>

</div>
</article>
@FOOT@
