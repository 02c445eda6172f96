/* Houses, organizers and players of the demo.  Everything here is invented. */
#include "demo/demo_data.h"

#include "base/str.h"

const struct demo_venue demo_venues[] = {
	{ "한빛 스타디움", "Hanbit Stadium", "seoul", "서울 송파구 물결로 100", "100 Mulgyeol-ro, Songpa-gu, Seoul", "주경기장", "Main Stadium", "stadium", 0 },
	{ "서해 아레나", "West Sea Arena", "incheon", "인천 연수구 노을대로 21", "21 Noeul-daero, Yeonsu-gu, Incheon", "아레나", "Arena", "arena", 1 },
	{ "달맞이 콘서트홀", "Dalmaji Concert Hall", "seoul", "서울 서초구 달맞이길 7", "7 Dalmaji-gil, Seocho-gu, Seoul", "대공연장", "Grand Hall", "concert_hall", 0 },
	{ "클럽 파랑", "Club Parang", "seoul", "서울 마포구 골목길 33", "33 Golmok-gil, Mapo-gu, Seoul", "라이브홀", "Live Hall", "club", 0 },
	{ "소극장 틈", "Theatre Teum", "seoul", "서울 종로구 틈새길 4", "4 Teumsae-gil, Jongno-gu, Seoul", "1관|2관", "Stage 1|Stage 2", "theatre", 1 },
	{ "청록극장", "Cheongnok Theatre", "seoul", "서울 중구 청록로 58", "58 Cheongnok-ro, Jung-gu, Seoul", "대극장|중극장", "Main Stage|Second Stage", "theatre", 0 },
	{ "파도 오페라하우스", "Pado Opera House", "busan", "부산 해운대구 파도길 12", "12 Pado-gil, Haeundae-gu, Busan", "오페라극장", "Opera Stage", "concert_hall", 2 },
	{ "팔공 아트센터", "Palgong Arts Center", "daegu", "대구 동구 단풍로 70", "70 Danpung-ro, Dong-gu, Daegu", "단풍홀", "Maple Hall", "theatre", 2 },
	{ "무등 문화마당", "Mudeung Culture Yard", "gwangju", "광주 동구 서석길 9", "9 Seoseok-gil, Dong-gu, Gwangju", "큰마당|작은마당", "Great Yard|Small Yard", "theatre", 3 },
	{ "한밭 음악당", "Hanbat Music Hall", "daejeon", "대전 유성구 은하로 15", "15 Eunha-ro, Yuseong-gu, Daejeon", "음악당", "Music Hall", "concert_hall", 3 },
	{ "나루 어린이극장", "Naru Children's Theatre", "gyeonggi", "경기 수원시 팔달구 나루길 2", "2 Naru-gil, Paldal-gu, Suwon", "나루홀", "Naru Hall", "theatre", 4 },
	{ "바람숲 야외무대", "Windwood Open Air", "jeju", "제주 서귀포시 바람숲길 88", "88 Baramsup-gil, Seogwipo, Jeju", "숲속무대", "Forest Stage", "club", 4 },
};
const size_t demo_n_venues = ARRAY_LEN(demo_venues);

const struct demo_organizer demo_organizers[] = {
	{ "organizer@foyer.example", "김달빛", "달빛기획", "120-81-00011", "02-555-0100", "2009년부터 서울의 무대를 만들어 온 공연기획사입니다. 콘서트와 뮤지컬을 주로 올립니다.", "approved", "" },
	{ "sea@foyer.example", "박서해", "서해엔터테인먼트", "121-81-00022", "032-555-0200", "아레나 공연과 소극장을 함께 운영합니다.", "approved", "" },
	{ "pado@foyer.example", "최파도", "파도문화재단", "602-82-00033", "051-555-0300", "부산과 대구의 오페라와 무용을 기획합니다.", "approved", "" },
	{ "mudeung@foyer.example", "정무등", "무등한밭예술단", "410-82-00044", "062-555-0400", "광주와 대전에서 전통과 클래식을 잇습니다.", "approved", "" },
	{ "naru@foyer.example", "한나루", "나루와 숲", "135-81-00055", "031-555-0500", "아이들과 가족을 위한 공연, 숲에서 여는 축제.", "approved", "" },
	{ "applicant1@foyer.example", "류은하", "은하소극장", "101-90-00066", "02-555-0600", "골목 소극장에서 창작극을 올리려고 합니다. 객석은 80석입니다.", "pending_approval", "" },
	{ "applicant2@foyer.example", "심초록", "초록음반", "105-81-00077", "02-555-0700", "인디 음반사입니다. 소속 밴드의 쇼케이스를 열고 싶습니다.", "pending_approval", "" },
	{ "applicant3@foyer.example", "도한결", "한결이벤트", "000-00-00000", "010-5555-0800", "행사 대행", "rejected", "사업자등록번호를 확인할 수 없어요. 등록증을 보내 주시면 다시 살펴볼게요." },
};
const size_t demo_n_organizers = ARRAY_LEN(demo_organizers);

const struct demo_act demo_acts[] = {
	{ "강이수", "Kang Isu" }, { "고태오", "Ko Taeo" }, { "구서현", "Koo Seohyun" }, { "길도하", "Gil Doha" }, { "나윤겸", "Na Yungyeom" },
	{ "노아름", "Noh Areum" }, { "도예진", "Do Yejin" }, { "류하람", "Ryu Haram" }, { "마지오", "Ma Jio" }, { "문가온", "Moon Gaon" },
	{ "민서하", "Min Seoha" }, { "박노을", "Park Noeul" }, { "반유리", "Ban Yuri" }, { "방시호", "Bang Siho" }, { "변하늬", "Byun Hanui" },
	{ "서단비", "Seo Danbi" }, { "선우진", "Sunwoo Jin" }, { "성다미", "Sung Dami" }, { "소이안", "So Ian" }, { "신가람", "Shin Garam" },
	{ "안소율", "Ahn Soyul" }, { "양미르", "Yang Mireu" }, { "여운", "Yeo Un" }, { "연제하", "Yeon Jeha" }, { "온새로", "On Saero" },
	{ "우다인", "Woo Dain" }, { "원해솔", "Won Haesol" }, { "유나엘", "Yoo Nael" }, { "윤로운", "Yoon Roun" }, { "은가비", "Eun Gabi" },
	{ "이라온", "Lee Raon" }, { "임그루", "Lim Geuru" }, { "장시월", "Jang Siwol" }, { "전이든", "Jeon Ideun" }, { "조미소", "Cho Miso" },
	{ "지선율", "Ji Seonyul" }, { "진하루", "Jin Haru" }, { "차유담", "Cha Yudam" }, { "채아람", "Chae Aram" }, { "천별", "Cheon Byeol" },
	{ "최노엘", "Choi Noel" }, { "탁이린", "Tak Irin" }, { "하도윤", "Ha Doyun" }, { "한시안", "Han Sian" }, { "현수아", "Hyun Sua" },
	{ "홍재하", "Hong Jaeha" }, { "황보름", "Hwang Boreum" }, { "황이레", "Hwang Ire" },
};
const size_t demo_n_acts = ARRAY_LEN(demo_acts);
