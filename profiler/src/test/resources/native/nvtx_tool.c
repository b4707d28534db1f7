/* An NVTX tool built against NVIDIA's own headers, for a test: it writes one line per call to the file that the
 * environment variable ITERSCOPE_TEST_OUT names. Struct layouts, ids and numbers are the headers', not ours. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NVTX_NO_IMPL
#include "nvtx3/nvToolsExt.h"
#include "nvtx3/nvToolsExtPayload.h"
#include "nvtx3/nvToolsExtCounters.h"


#define MAX 64

static FILE *out;
static const char *domains[MAX];
static const char *strings[MAX];
static nvtxPayloadSchemaAttr_t schemas[MAX];
static nvtxPayloadSchemaEntry_t entries[MAX][MAX];
static int domain_count, string_count, schema_count;

static const char *name_of(nvtxDomainHandle_t domain) { return domain ? domains[(intptr_t)domain - 1] : "-"; }

static void print_fields(uint64_t schema_id, const char *data, size_t size) {
  const nvtxPayloadSchemaAttr_t *schema = &schemas[schema_id - NVTX_PAYLOAD_SCHEMA_ID_STATIC_START];
  if (size != schema->payloadStaticSize) fprintf(out, " WRONG SIZE %zu", size);
  for (size_t i = 0; i < schema->numEntries; i++) {
    const nvtxPayloadSchemaEntry_t *e = &schema->entries[i];
    switch (e->type) {
      case NVTX_PAYLOAD_ENTRY_TYPE_INT32: fprintf(out, " %s=%" PRId32, e->name, *(const int32_t *)(data + e->offset)); break;
      case NVTX_PAYLOAD_ENTRY_TYPE_UINT64: fprintf(out, " %s=%" PRIu64, e->name, *(const uint64_t *)(data + e->offset)); break;
      case NVTX_PAYLOAD_ENTRY_TYPE_DOUBLE: fprintf(out, " %s=%.1f", e->name, *(const double *)(data + e->offset)); break;
      default: fprintf(out, " UNKNOWN TYPE %" PRIu64, e->type);
    }
  }
}

static void note(const char *function, nvtxDomainHandle_t domain, const nvtxEventAttributes_t *a) {
  fprintf(out, "%s %s", function, name_of(domain));
  if (a->version != NVTX_VERSION || a->size != NVTX_EVENT_ATTRIB_STRUCT_SIZE) fprintf(out, " WRONG ATTRIBUTES");
  if (a->messageType == NVTX_MESSAGE_TYPE_REGISTERED)
    fprintf(out, " registered '%s'", strings[(intptr_t)a->message.registered - 1]);
  else if (a->messageType == NVTX_MESSAGE_TYPE_ASCII)
    fprintf(out, " '%s'", a->message.ascii);
  if (a->colorType != NVTX_COLOR_ARGB) fprintf(out, " NO COLOR");
  fprintf(out, " category %u", a->category);
  if (a->payloadType == NVTX_PAYLOAD_TYPE_UNSIGNED_INT64) fprintf(out, " payload %" PRIu64, a->payload.ullValue);
  if (a->payloadType == NVTX_PAYLOAD_TYPE_EXT) {
    const nvtxPayloadData_t *data = (const nvtxPayloadData_t *)a->payload.ullValue;
    print_fields(data->schemaId, data->payload, data->size);
  }
  fputc('\n', out);
  fflush(out);
}

static int push_ex(const nvtxEventAttributes_t *a) { note("push", NULL, a); return 0; }
static int pop(void) { fprintf(out, "pop -\n"); fflush(out); return 0; }
static int domain_push_ex(nvtxDomainHandle_t d, const nvtxEventAttributes_t *a) { note("push", d, a); return 0; }
static int domain_pop(nvtxDomainHandle_t d) { fprintf(out, "pop %s\n", name_of(d)); fflush(out); return 0; }
static void domain_mark_ex(nvtxDomainHandle_t d, const nvtxEventAttributes_t *a) { note("mark", d, a); }
static nvtxRangeId_t domain_start_ex(nvtxDomainHandle_t d, const nvtxEventAttributes_t *a) { note("start", d, a); return 7; }
static void domain_end(nvtxDomainHandle_t d, nvtxRangeId_t id) { fprintf(out, "end %s %" PRIu64 "\n", name_of(d), id); fflush(out); }
static nvtxDomainHandle_t create(const char *name) {
  domains[domain_count++] = strdup(name);
  return (nvtxDomainHandle_t)(intptr_t)domain_count;
}
static nvtxStringHandle_t register_string(nvtxDomainHandle_t d, const char *text) {
  (void)d;
  strings[string_count++] = strdup(text);
  return (nvtxStringHandle_t)(intptr_t)string_count;
}
static void name_category(nvtxDomainHandle_t d, uint32_t category, const char *text) {
  fprintf(out, "category %s %u '%s'\n", name_of(d), category, text);
}

int InitializeInjectionNvtx2(NvtxGetExportTableFunc_t get_export_table) {
  const NvtxExportTableCallbacks *callbacks = get_export_table(NVTX_ETID_CALLBACKS);
  const NvtxExportTableVersionInfo *version = get_export_table(NVTX_ETID_VERSIONINFO);
  NvtxFunctionTable core, core2;
  unsigned int core_size, core2_size;
  out = fopen(getenv("ITERSCOPE_TEST_OUT"), "w");
  if (!out || !callbacks || callbacks->struct_size != sizeof *callbacks || !version || version->struct_size != sizeof *version)
    return 0;
  version->SetInjectionNvtxVersion(version->version);
  if (!callbacks->GetModuleFunctionTable(NVTX_CB_MODULE_CORE, &core, &core_size) ||
      !callbacks->GetModuleFunctionTable(NVTX_CB_MODULE_CORE2, &core2, &core2_size))
    return 0;
  fprintf(out, "version %u core %d core2 %d\n", version->version, core_size == NVTX_CBID_CORE_SIZE,
          core2_size == NVTX_CBID_CORE2_SIZE);
  *core[NVTX_CBID_CORE_RangePushEx] = (NvtxFunctionPointer)push_ex;
  *core[NVTX_CBID_CORE_RangePop] = (NvtxFunctionPointer)pop;
  *core2[NVTX_CBID_CORE2_DomainMarkEx] = (NvtxFunctionPointer)domain_mark_ex;
  *core2[NVTX_CBID_CORE2_DomainRangeStartEx] = (NvtxFunctionPointer)domain_start_ex;
  *core2[NVTX_CBID_CORE2_DomainRangeEnd] = (NvtxFunctionPointer)domain_end;
  *core2[NVTX_CBID_CORE2_DomainRangePushEx] = (NvtxFunctionPointer)domain_push_ex;
  *core2[NVTX_CBID_CORE2_DomainRangePop] = (NvtxFunctionPointer)domain_pop;
  *core2[NVTX_CBID_CORE2_DomainNameCategoryA] = (NvtxFunctionPointer)name_category;
  *core2[NVTX_CBID_CORE2_DomainRegisterStringA] = (NvtxFunctionPointer)register_string;
  *core2[NVTX_CBID_CORE2_DomainCreateA] = (NvtxFunctionPointer)create;
  return 1;
}

static uint64_t schema_register(nvtxDomainHandle_t d, const nvtxPayloadSchemaAttr_t *attr) {
  uint64_t all = NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_NAME | NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_TYPE |
                 NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_FLAGS | NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_ENTRIES |
                 NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_NUM_ENTRIES | NVTX_PAYLOAD_SCHEMA_ATTR_FIELD_STATIC_SIZE;
  int number = schema_count++;
  schemas[number] = *attr;
  memcpy(entries[number], attr->entries, attr->numEntries * sizeof(nvtxPayloadSchemaEntry_t));
  schemas[number].entries = entries[number];
  fprintf(out, "schema %s '%s' mask %d static %d counters %d entries %zu size %zu\n", name_of(d), attr->name,
          attr->fieldMask == all, attr->type == NVTX_PAYLOAD_SCHEMA_TYPE_STATIC,
          attr->flags == NVTX_PAYLOAD_SCHEMA_FLAG_COUNTER_GROUP, attr->numEntries, attr->payloadStaticSize);
  return NVTX_PAYLOAD_SCHEMA_ID_STATIC_START + number;
}

static uint64_t counter_register(nvtxDomainHandle_t d, const nvtxCounterAttr_t *attr) {
  fprintf(out, "counters %s '%s' size %d process %d\n", name_of(d), attr->name, attr->structSize == sizeof *attr,
          attr->scopeId == NVTX_SCOPE_CURRENT_SW_PROCESS);
  return attr->schemaId;
}

static void counter_sample(nvtxDomainHandle_t d, uint64_t id, const void *values, size_t size) {
  fprintf(out, "sample %s", name_of(d));
  print_fields(id, values, size);
  fputc('\n', out);
  fflush(out);
}

static int c_types_are_ours(const nvtxPayloadEntryTypeInfo_t *types) {
  return types[0].size == NVTX_PAYLOAD_ENTRY_TYPE_INFO_ARRAY_SIZE && types[0].align == sizeof *types &&
         types[NVTX_PAYLOAD_ENTRY_TYPE_LONG].size == sizeof(long) &&
         types[NVTX_PAYLOAD_ENTRY_TYPE_LONGDOUBLE].size == sizeof(long double) &&
         types[NVTX_PAYLOAD_ENTRY_TYPE_SIZE].size == sizeof(size_t) &&
         types[NVTX_PAYLOAD_ENTRY_TYPE_WCHAR].size == sizeof(wchar_t) &&
         types[NVTX_PAYLOAD_ENTRY_TYPE_CHAR32].size == 4;
}

int InitializeInjectionNvtxExtension(nvtxExtModuleInfo_t *info) {
  if (info->nvtxVer != NVTX_VERSION || info->structSize != sizeof *info || info->segmentsCount != 1) return 0;
  if (info->moduleId == NVTX_EXT_PAYLOAD_MODULEID && info->compatId == NVTX_EXT_PAYLOAD_COMPATID) {
    fprintf(out, "payload extension, C types %d\n", c_types_are_ours(info->extInfo));
    info->segments[0].functionSlots[NVTX3EXT_CBID_nvtxPayloadSchemaRegister] = (intptr_t)schema_register;
    return 1;
  }
  if (info->moduleId == NVTX_EXT_COUNTERS_MODULEID && info->compatId == NVTX_EXT_COUNTERS_COMPATID) {
    info->segments[0].functionSlots[NVTX3EXT_CBID_nvtxCounterRegister] = (intptr_t)counter_register;
    info->segments[0].functionSlots[NVTX3EXT_CBID_nvtxCounterSample] = (intptr_t)counter_sample;
    return 1;
  }
  return 0;
}
