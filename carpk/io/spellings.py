"""How laboratories spell the names of columns, analytes, matrices and events. Data only.

Spellings are compared in the form of `compact`: lower case, letters and digits only (and + and %), so ``Subject ID``,
``subject_id`` and ``SUBJECT-ID`` are one spelling. CDISC names (USUBJID, AVAL, PCSTRESN) stand among the others.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType


def compact(text: str) -> str:
    """Bring a name to the form in which names are compared.

    Examples
    --------
    >>> compact("CD19+ B-cells"), compact("IFN-\u03b3")
    ('cd19+bcells', 'ifngamma')
    """
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_GREEK)
    return re.sub(r"[^0-9a-z+%\u4e00-\u9fff]", "", plain)


_GREEK = str.maketrans(
    {"\u03b1": "alpha", "\u03b2": "beta", "\u03b3": "gamma", "\u03b4": "delta", "\u03ba": "kappa", "\u03bb": "lambda"}
)


def _table(spellings: dict[str, str]) -> Mapping[str, str]:
    """Turn name -> spellings into spelling -> name."""
    return MappingProxyType(
        {each: name for name, listed in spellings.items() for each in map(compact, (name, *listed.split()))}
    )


ROLES = _table(
    {
        "subject": "subjectid subjid usubjid subj subjectno subjectnumber patient patientid patientno patientnumber pt "
        "ptid ptno id participant participantid 受试者 受试者编号 受试者号 受试者id 患者 患者编号 患者号 患者id",
        "cohort": "cohortname dosegroup dosecohort doselevel arm treatmentarm group treatmentgroup trt01a trt01p "
        "剂量组 队列 组别 分组",
        "dose": "doseamount dosea actualdose infuseddose exdose cartdose 剂量 给药剂量 回输剂量",
        "dose_unit": "doseunits doseu exdosu 剂量单位",
        "weight": "wt bodyweight wtbl weightkg 体重",
        "infusion_date": "dateofinfusion infusiondatetime infusiondt cartinfusiondate dosedate dosingdate dateofdose "
        "day0date trtsdt trtsdtm rfxstdtc pcrftdtm pcrftdtc 回输日期 输注日期 给药日期",
        "infusion_clock": "infusiontime timeofinfusion 回输时间 输注时间",
        "analyte": "assay test parameter param pctest testname labtest marker biomarker 检测项目 项目 分析物 指标 "
        "assessment assessmentname 评估项目",
        "matrix": "specimen specimentype sampletype samplematrix pcspec 基质 样本类型 标本类型 标本",
        "time": "day days studyday actualday actualtime actualstudyday day(actual) dayssinceinfusion timesinceinfusion "
        "dayspostinfusion daypostinfusion daysafterinfusion timepostinfusion timeafterinfusion hour hours "
        "hourssinceinfusion week weeks afrlt dayofsampling sampleday sampledayactual 天 天数 时间 实际天数 采样天数 "
        "实际采样天数 回输后天数 actualsamplingday actualsampleday samplingday relativeday collectionday "
        "dayofcollection",
        "nominal_time": "nominalday nominal plannedday plannedtime scheduledday scheduledtime visitday visitdy nfrlt "
        "protocolday protocoltime timenominal daynominal timeplanned 计划天数 计划时间 计划天",
        "time_unit": "timeunits rrltu timeu 时间单位",
        "visit": "visitlabel visitname avisit visitid scheduledvisit 访视 访视名称 访视点",
        "timepoint": "sampletimepoint atpt pctpt pcttpt sampling 时间点 采样时间点 采样点",
        "date": "sampledate samplingdate samplecollectiondate drawdate blooddrawdate collectiondate datetime "
        "sampledatetime samplingdatetime collectiondatetime drawdatetime dateofsample dateofcollection visitdate "
        "eventdate pcdtc adtm adt 采样日期 采血日期 采集日期 样本日期 日期",
        "clock": "clocktime sampletime samplingtime collectiontime drawtime timeofday samplecollectiontime "
        "actualsamplingtime 采样时间 采样时刻 采血时间",
        "result_text": "pcstresc pcorres avalc resulttext textresult resultstext resultcharacter characterresult",
        "value": "values result results conc concentration level levels aval pcstresn dv measurement measuredvalue "
        "resultvalue 结果 浓度 值 检测值 检测结果",
        "unit": "units resultunit resultunits valueunit concunit concentrationunit avalu pcstresu 单位",
        "lloq": "loq llq lowerlimit limitofquantification limitofquantitation quantificationlimit quantitationlimit "
        "lowerlimitofquantification lowerlimitofquantitation pclloq 定量下限",
        "uloq": "upperlimit upperlimitofquantification upperlimitofquantitation pculoq 定量上限",
        "blq": "blqflag blqfl bql bloq isblq belowlloq 是否低于定量下限",
        "status": "",
        "exclusion": "exclude excluded excl exclusionflag excludeflag excludedflag exclflag exclusionreason "
        "reasonexcluded reasonforexclusion 排除 排除原因 是否排除",
        "title": "study studyid studytitle studyname trial trialid protocol protocolno 研究 研究名称 方案编号",
        "event": "events eventterm eventname 事件",
        "detail": "details eventdetail 详情 说明",
        "grade": "eventgrade severity 分级",
        "end_time": "endday stopday lastday resolutionday resolvedday dayofresolution dayresolved aeendday end stop "
        "结束天数",
        "end_date": "enddate stopdate resolutiondate resolveddate dateofresolution aeenddate aeendtc endtc 结束日期",
        "row": "",
    }
)
"""Spelling of a column's name -> what the column is."""

EVENT_ROLES = _table(
    {
        "event": "aeterm adverseevent adverseeventterm ae aept aedecod preferredterm toxicity ctcaeterm term 不良事件",
        "grade": "toxicitygrade aetoxgr ctcaegrade ctcgrade aegrade maxgrade highestgrade aesev aeseverity",
        "time": "startday onsetday dayofonset aestartday start onset onsettime starttime 开始天数 发生天数",
        "date": "startdate onsetdate dateofonset aestartdate aestdtc stdtc 开始日期 发生日期",
    }
)
"""Spelling of a column's name in a table of events -> what it is there; elsewhere these names say something else."""

IMPLIED_UNITS = MappingProxyType(
    {
        **dict.fromkeys(
            [
                "day",
                "days",
                "studyday",
                "actualday",
                "actualstudyday",
                "dayssinceinfusion",
                "dayspostinfusion",
                "daypostinfusion",
                "daysafterinfusion",
                "dayofsampling",
                "sampleday",
                "sampledayactual",
                "actualsamplingday",
                "actualsampleday",
                "samplingday",
                "relativeday",
                "collectionday",
                "dayofcollection",
                "startday",
                "onsetday",
                "dayofonset",
                "aestartday",
                "endday",
                "stopday",
                "lastday",
                "resolutionday",
                "resolvedday",
                "dayofresolution",
                "dayresolved",
                "aeendday",
                "开始天数",
                "发生天数",
                "结束天数",
                "天",
                "天数",
                "实际天数",
                "采样天数",
                "实际采样天数",
                "回输后天数",
                "nominalday",
                "plannedday",
                "scheduledday",
                "visitday",
                "visitdy",
                "protocolday",
                "daynominal",
                "计划天数",
                "计划天",
            ],
            "day",
        ),
        **dict.fromkeys(["hour", "hours", "hourssinceinfusion"], "h"),
        **dict.fromkeys(["week", "weeks"], "week"),
        "weightkg": "kg",
    }
)
"""Unit that a spelling says by itself."""

DIMENSIONS = MappingProxyType(
    {
        "time": ("time",),
        "nominal_time": ("time",),
        "end_time": ("time",),
        "weight": ("mass",),
        "dose": ("cells per body weight", "cells", "mass", "mass per body weight"),
    }
)
"""Dimensions that a column's unit may have, where its role settles them."""

ANALYTES = _table(
    {
        "car_t_qpcr": "cartransgeneqpcr cartransgene transgene cartransgenelevel cartransgenelevels cartransgenecopies "
        "transgenecopies transgenelevel transgeneqpcr qpcr carqpcr carcopies cartcopies cartdna cardna qpcrcopies "
        "vectorcopynumber vcn vectorcopies copynumber copies transgenecopynumber carcopynumber cartcopynumber "
        "拷贝数 car拷贝数 cart拷贝数 载体拷贝数 转基因拷贝数 car基因拷贝数",
        "car_t_ddpcr": "ddpcr carddpcr cartddpcr cartransgeneddpcr transgeneddpcr digitalpcr",
        "car_t": "car cart cartlevel cartlevels cartcells cartcell carcells cart细胞",
        "car_t_flow": "cartcellsflow cartflow carflow flow flowcytometry car+cells car+cell car+tcells car+tcell car+ "
        "car+cellsflow car+tcellsflow carpositivecells carpositivetcells carpositive car+cd3+ cd3+car+ cd3+car+cells "
        "car+cd3+cells car阳性细胞 car+t细胞 car+细胞 car阳性t细胞 流式",
        "car_t_percent": "cartcells%oftcells cartpercent car+percent percentcar+ %car+",
        "b_cells": "bcell bcellcount bcellcounts bcellscount cd19+bcells cd19+bcell cd19bcells cd19bcell cd19+cells "
        "cd19cells cd19+ cd20+bcells bcellscd19+ bcellscd20+ blymphocytes blymphocyte b细胞 b细胞计数 cd19+b细胞 "
        "b淋巴细胞 外周血b细胞",
        "b_cells_percent": "bcells%oflymphocytes bcellspercent bcellpercent",
        "il6": "interleukin6 serumil6 白介素6 白细胞介素6 il6白介素6",
        "crp": "creactiveprotein serumcrp hscrp c反应蛋白 超敏c反应蛋白",
        "ferritin": "serumferritin ferr 铁蛋白 血清铁蛋白",
        "temperature": "temp bodytemperature bodytemp maxtemp maxtemperature tempmax temperaturemax maximumtemperature "
        "maximumbodytemperature maxbodytemperature highesttemperature 体温 最高体温",
        "il2": "interleukin2 serumil2",
        "il8": "interleukin8 serumil8 cxcl8",
        "il10": "interleukin10 serumil10 白介素10 白细胞介素10",
        "il15": "interleukin15 serumil15",
        "ifn_gamma": "ifngamma ifng interferongamma γ干扰素 干扰素γ",
        "tnf_alpha": "tnfalpha tnfa tnf tumornecrosisfactoralpha 肿瘤坏死因子α",
        "gm_csf": "gmcsf",
        "igg": "serumigg immunoglobuling totaligg 免疫球蛋白g",
        "iga": "serumiga immunoglobulina 免疫球蛋白a",
        "igm": "serumigm immunoglobulinm 免疫球蛋白m",
        "b_cells_naive": "naivebcells naivebcells%ofbcells naiveb igd+cd27 igd+cd27bcells naivebcellpercent",
        "neutrophils": "anc absoluteneutrophilcount neutrophilcount neutrophil neut neuts neutabs neutrophilsabs "
        "neutrophilsabsolute absneutrophils absoluteneutrophils neutrophilscount 中性粒细胞 中性粒细胞计数 "
        "中性粒细胞绝对值",
        "neutrophils_percent": "neutrophilspercent neutrophilpercent neutrophil% neutrophils% neut%",
        "lymphocytes_percent": "lymphocytespercent lymphocytepercent lymphocyte% lymphocytes% lymph%",
        "lymphocytes": "alc absolutelymphocytecount lymphocytecount lymphocyte lymph lymphs lymphabs lymphocytesabs "
        "lymphocytesabsolute abslymphocytes absolutelymphocytes lymphocytescount 淋巴细胞 淋巴细胞计数",
    }
)
"""Spelling of an analyte -> its key; ``car_t`` is told apart by its unit."""

BY_DIMENSION = MappingProxyType(
    {
        ("car_t", "copies per mass of DNA"): "car_t_qpcr",
        ("car_t", "copies per cell"): "car_t_qpcr",
        ("car_t", "copies per volume"): "car_t_qpcr",
        ("car_t", "cells per volume"): "car_t_flow",
        ("car_t", "share"): "car_t_percent",
        ("car_t_flow", "share"): "car_t_percent",
        ("b_cells", "share"): "b_cells_percent",
        ("neutrophils", "share"): "neutrophils_percent",
        ("lymphocytes", "share"): "lymphocytes_percent",
        ("concentration", "copies per mass of DNA"): "car_t_qpcr",
        ("concentration", "copies per cell"): "car_t_qpcr",
    }
)
"""Analyte that a more general name means when its levels measure this dimension."""

HIGHEST_TEMPERATURE = frozenset(("t", "tmax", "maxt"))
"""Names of the temperature of a day where the unit is one of degrees; elsewhere Tmax is the time of a peak."""

TARGET_BEFORE_CAR = re.compile(r"^(?:anti)?(?:(?:cd\d+|bcma|gprc5d|taci)(?:anti)?)+(?=car)")
"""What a CAR-T product aims at, in front of the analyte's name."""

MATRICES = MappingProxyType(
    {
        **dict.fromkeys(
            [
                "blood",
                "pb",
                "peripheralblood",
                "wholeblood",
                "wb",
                "periphericalblood",
                "venousblood",
                "edtablood",
                "bloodedta",
                "wholebloodedta",
                "edtawholeblood",
                "peripheralwholeblood",
                "外周血",
                "全血",
                "血液",
            ],
            "blood",
        ),
        **dict.fromkeys(
            ["bm", "bma", "bonemarrow", "marrow", "bonemarrowaspirate", "bonemarrowaspirates", "骨髓"], "bone marrow"
        ),
        **dict.fromkeys(["csf", "cerebrospinalfluid", "脑脊液"], "CSF"),
        **dict.fromkeys(["serum", "血清"], "serum"),
        **dict.fromkeys(["plasma", "血浆"], "plasma"),
        **dict.fromkeys(
            ["pbmc", "pbmcs", "peripheralbloodmononuclearcells", "peripheralbloodmononuclearcell", "外周血单个核细胞"],
            "PBMC",
        ),
        **dict.fromkeys(["tissue", "biopsy"], "tissue"),
    }
)
"""Spelling of a matrix -> its name."""

EVENTS = _table(
    {
        "infusion": "cartinfusion firstinfusion carinfusion 回输 输注",
        "second_infusion": "reinfusion infusion2 secondcartinfusion 2ndinfusion 二次回输 第二次回输",
        "transplant": "hsct sct transplantation 移植",
        "other_car_t": "othercart",
        "lymphodepletion": "ld lymphodepletingchemotherapy 清淋",
        "tocilizumab": "toci tcz 托珠单抗",
        "corticosteroid": "corticosteroids steroid steroids dexamethasone methylprednisolone 激素 糖皮质激素",
        "anakinra": "",
        "crs": "cytokinereleasesyndrome 细胞因子释放综合征",
        "crs_end": "endofcrs crsresolved crsresolution crsstop",
        "icans": "neurotoxicity immuneeffectorcellassociatedneurotoxicity "
        "immuneeffectorcellassociatedneurotoxicitysyndrome",
        "icans_end": "endoficans icansresolved icansresolution icansstop",
        "rescue_medication": "rescue rescuetherapy rescuetreatment prohibitedmedication restrictedmedication "
        "treatmentfailure 补救治疗 挽救治疗 禁用药物",
        "drop_out": "dropout dropped withdrawal withdrew discontinuation 退出 脱落",
        "death": "died 死亡",
    }
)
"""Spelling of an event -> its key."""

COVARIATES = _table(
    {
        "age": "ageyears ageyr 年龄",
        "sex": "gender 性别",
        "crs_grade": "maxcrsgrade crsmaxgrade crsgrademax crsmax highestcrsgrade crs分级 crs等级",
        "race": "种族",
        "height": "ht heightcm 身高",
        "bmi": "",
        "c3": "complementc3",
        "c4": "complementc4",
        "bsa": "",
        "site": "siteid center centre 中心",
        "country": "",
        "comment": "comments note notes remark remarks 备注",
        "disease": "diagnosis indication",
        "response": "",
        "ethnicity": "ethnic",
        "sledai": "sledai2k",
    }
)
"""Spelling of a covariate -> its name; only age, sex and crs_grade are renamed, the others are never near-misses."""

RENAMED_COVARIATES = ("age", "sex", "crs_grade")

NOT_DATA_SHEETS = frozenset(compact(name) for name in ("readme", "read me", "about", "notes", "legend", "info", "说明"))
"""Names of worksheets that explain rather than hold data."""
