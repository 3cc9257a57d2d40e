"""How clinics spell assessments: scores, items, grades, serology and doses. Data only, but for two look-ups."""

from types import MappingProxyType

from carpk.assessments import ASSESSMENTS, SLEDAI_ITEMS
from carpk.io.names import take_apart
from carpk.io.spellings import compact

_SPELLINGS = MappingProxyType(
    {
        "sledai_2k": "sledai sledai2k sledai2000 sledaiscore sledai2kscore sledai2ktotal sledaitotal selenasledai "
        "sledai评分 sledai2k评分 sledai总分 sledai2k总分",
        "sledai_clinical": "csledai clinicalsledai csledai2k clinicalsledai2k 临床sledai 临床sledai2k 临床sledai评分",
        "pga": "phga physicianglobalassessment physiciansglobalassessment physicianglobal selenasledaipga "
        "evaluatorsglobalassessment 医生总体评估 医师总体评估 医生整体评估 医师整体评估",
        "bilag_constitutional": "bilaggeneral bilag2004constitutional bilag2004general bilag全身 bilag一般",
        "bilag_mucocutaneous": "bilag2004mucocutaneous bilag皮肤黏膜 bilag皮肤粘膜",
        "bilag_neuropsychiatric": "bilagneurological bilag2004neuropsychiatric bilag神经精神",
        "bilag_musculoskeletal": "bilag2004musculoskeletal bilag肌肉骨骼",
        "bilag_cardiorespiratory": "bilagcardiopulmonary bilag2004cardiorespiratory bilag心肺 bilag心血管呼吸",
        "bilag_gastrointestinal": "bilagabdominal bilag2004gastrointestinal bilag胃肠道 bilag消化",
        "bilag_ophthalmic": "bilag2004ophthalmic bilag眼 bilag眼部",
        "bilag_renal": "bilag2004renal bilag肾脏",
        "bilag_hematological": "bilaghaematological bilaghematology bilaghaematology bilag2004haematological "
        "bilag2004hematological bilag血液",
        "major_organ_activity": "majororganactivity 重要脏器活动 主要脏器活动",
        "new_activity": "newactivity newlupusactivity 新发活动",
        "hemolytic_anemia": "hemolyticanemia haemolyticanaemia 溶血性贫血",
        "gastrointestinal_activity": "gastrointestinalactivity giactivity 胃肠道活动",
        "standard_therapy": "standardtherapy standardmaintenancetherapy 标准维持治疗",
        "immunosuppressant": "immunosuppressants onimmunosuppressant immunosuppressantuse 免疫抑制剂",
        "antimalarial": "antimalarials hydroxychloroquine onantimalarial 抗疟药 羟氯喹",
        "anti_dsdna": "antidsdna antidsdnaantibody antidsdnaantibodies dsdna dsdnaantibody antidna 抗dsdna 抗dsdna抗体 "
        "抗双链dna抗体",
        "ana": "antinuclearantibody antinuclearantibodies 抗核抗体",
        "c3": "complementc3 c3complement 补体c3",
        "c4": "complementc4 c4complement 补体c4",
        "proteinuria_24h": "24hprotein 24hurineprotein 24hurinaryprotein 24hourprotein 24hourproteinuria "
        "24hproteinuria urineprotein24h 24h尿蛋白 24小时尿蛋白 24小时尿蛋白定量 24h尿蛋白定量",
        "upcr": "upc upcratio uprotcr proteincreatinineratio urineproteincreatinineratio "
        "urinaryproteincreatinineratio 尿蛋白肌酐比 尿蛋白肌酐比值",
        "creatinine": "serumcreatinine screatinine scr crea 肌酐 血肌酐 血清肌酐",
        "egfr": "gfr estimatedgfr estimatedglomerularfiltrationrate 估算肾小球滤过率 肾小球滤过率",
        "egfr_before_flare": "egfrbeforeflare preflareegfr egfrpreflare",
        "prednisolone_dose": "prednisoloneequivalent prednisoloneequivalentdose dailyprednisolonedose 泼尼松龙剂量",
        "prednisone_dose": "prednisoneequivalent prednisoneequivalentdose dailyprednisonedose 泼尼松剂量",
        "methylprednisolone_dose": "甲泼尼龙剂量",
        "crs_fever": "crs发热 crs发烧",
        "crs_hypotension": "hypotension 低血压 crs低血压",
        "crs_hypoxia": "hypoxia oxygenrequirement 缺氧 低氧 低氧血症 crs缺氧 crs低氧血症",
        "crs_death": "deathfromcrs deathduetocrs crs死亡",
        "ice_score": "ice icetotal icetotalscore immuneeffectorcellencephalopathyscore ice评分 ice总分",
        "icans_consciousness": "depressedconsciousness depressedlevelofconsciousness icanslevelofconsciousness "
        "意识水平 意识障碍 icans意识水平",
        "icans_seizure": "icansseizures icans癫痫 icans癫痫发作",
        "icans_weakness": "motorweakness icansmotor icansmotorweakness icansmotorfindings icans运动无力 肌无力",
        "icans_edema": "cerebraledema icanscerebraledema raisedintracranialpressure 脑水肿 icans脑水肿",
        "icans_death": "deathfromicans deathduetoicans icans死亡",
    }
)

_PLAIN = MappingProxyType(
    {
        "sledai_seizure": "seizure seizures 癫痫 癫痫发作",
        "sledai_psychosis": "psychosis 精神症状 精神病",
        "sledai_organic_brain_syndrome": "organicbrainsyndrome organicbrain 器质性脑病 器质性脑综合征",
        "sledai_visual_disturbance": "visualdisturbance visual 视觉障碍 视力障碍",
        "sledai_cranial_nerve": "cranialnerve cranialnervedisorder 颅神经病变 脑神经病变",
        "sledai_headache": "lupusheadache 狼疮性头痛 狼疮头痛",
        "sledai_stroke": "stroke cva cerebrovascularaccident  脑血管意外",
        "sledai_vasculitis": "vasculitis 血管炎",
        "sledai_arthritis": "arthritis 关节炎",
        "sledai_myositis": "myositis 肌炎",
        "sledai_casts": "casts urinarycasts 管型 管型尿",
        "sledai_hematuria": "hematuria haematuria 血尿",
        "sledai_proteinuria": "proteinuria 蛋白尿",
        "sledai_pyuria": "pyuria 脓尿",
        "sledai_rash": "rash newrash 皮疹",
        "sledai_alopecia": "alopecia 脱发",
        "sledai_mucosal_ulcers": "mucosalulcers mucosalulcer mucousmembranes 黏膜溃疡 粘膜溃疡",
        "sledai_pleurisy": "pleurisy 胸膜炎",
        "sledai_pericarditis": "pericarditis 心包炎",
        "sledai_low_complement": "lowcomplement 低补体 低补体血症",
        "sledai_dna_binding": "increaseddnabinding dnabinding 抗dsdna抗体升高",
        "sledai_fever": "fever 发热",
        "sledai_thrombocytopenia": "thrombocytopenia 血小板减少",
        "sledai_leukopenia": "leukopenia leucopenia 白细胞减少",
        "prednisolone_dose": "prednisolone 泼尼松龙",
        "prednisone_dose": "prednisone 泼尼松 强的松",
        "methylprednisolone_dose": "methylprednisolone 甲泼尼龙 甲强龙",
        "hydrocortisone_dose": "hydrocortisone 氢化可的松",
        "cortisone_dose": "cortisone 可的松",
        "triamcinolone_dose": "triamcinolone 曲安西龙",
        "dexamethasone_dose": "dexamethasone 地塞米松",
        "betamethasone_dose": "betamethasone 倍他米松",
    }
)
"""Words that mean an assessment only where nothing else can be meant: a fever may be an event, and a drug a level."""

_BY_SPELLING = MappingProxyType(
    {
        **{each: key for key in ASSESSMENTS for each in (compact(key), *_SPELLINGS.get(key, "").split())},
        **{
            f"{prefix}{each}": key
            for key, listed in _PLAIN.items()
            if key in SLEDAI_ITEMS
            for each in listed.split()
            for prefix in ("sledai", "sledai2k")
        },
    }
)
_BY_PLAIN_SPELLING = MappingProxyType(
    {**{each: key for key, listed in _PLAIN.items() for each in listed.split()}, **_BY_SPELLING}
)

_LIMITS = MappingProxyType(
    {
        "lln": "lln lowerlimitofnormal normallow referencelow refrangelow a1lo lbstnrlo lbornrlo 正常下限 正常值下限 "
        "参考下限 参考值下限",
        "uln": "uln upperlimitofnormal normalhigh referencehigh refrangehigh a1hi lbstnrhi lbornrhi 正常上限 "
        "正常值上限 参考上限 参考值上限",
    }
)
_BY_LIMIT = MappingProxyType({each: key for key, listed in _LIMITS.items() for each in listed.split()})


def assessment_of(word: str, *, plain: bool = False) -> tuple[str, str]:
    """Say which assessment a cell names, and the unit that stands in its brackets; empty where it names none.

    Parameters
    ----------
    word : str
        The cell.
    plain : bool
        Whether nothing but an assessment can be meant, so that ``fever`` is an item and ``prednisone`` a dose.

    Examples
    --------
    >>> assessment_of("C3 (mg/dL)"), assessment_of("SLEDAI-2K"), assessment_of("IL-6")
    (('c3', 'mg/dL'), ('sledai_2k', ''), ('', ''))
    """
    name = take_apart(word)
    spellings = _BY_PLAIN_SPELLING if plain else _BY_SPELLING
    key = spellings.get(compact(" ".join((name.words, *name.extras)))) or spellings.get(compact(name.words), "")
    return (key, name.unit) if key else ("", "")


def normal_limit(column: str) -> str:
    """Say whether a column's name means the lower or the upper limit of normal: "lln", "uln" or empty."""
    return _BY_LIMIT.get(compact(take_apart(column).words), "")
