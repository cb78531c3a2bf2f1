import type { Features } from "../../schema.ts";

/**
 * What `toVector` of the schema does, each name spelt out: a property that is named where it is read costs a nanosecond, one that
 * is looked up by a name from a list twenty, and there are forty, in every answer. A test holds it to the table.
 */
export function writeVector(f: Features, out: Float64Array): Float64Array {
  out[0] = f.conversation_duration_seconds ?? Number.NaN;
  out[1] = f.conversation_duration_minutes ?? Number.NaN;
  out[2] = f.hour_of_day ?? Number.NaN;
  out[3] = f.day_of_week ?? Number.NaN;
  out[4] = f.is_business_hours ?? Number.NaN;
  out[5] = f.is_weekend ?? Number.NaN;
  out[6] = f.time_to_first_response_seconds ?? Number.NaN;
  out[7] = f.avg_response_time_seconds ?? Number.NaN;
  out[8] = f.max_response_time_seconds ?? Number.NaN;
  out[9] = f.min_response_time_seconds ?? Number.NaN;
  out[10] = f.avg_agent_response_time_seconds ?? Number.NaN;
  out[11] = f.avg_user_response_time_seconds ?? Number.NaN;
  out[12] = f.response_time_stddev ?? Number.NaN;
  out[13] = f.response_gap_max ?? Number.NaN;
  out[14] = f.messages_per_minute ?? Number.NaN;
  out[15] = f.total_messages ?? Number.NaN;
  out[16] = f.user_messages_count ?? Number.NaN;
  out[17] = f.agent_messages_count ?? Number.NaN;
  out[18] = f.message_ratio ?? Number.NaN;
  out[19] = f.avg_message_length_user ?? Number.NaN;
  out[20] = f.max_message_length_user ?? Number.NaN;
  out[21] = f.min_message_length_user ?? Number.NaN;
  out[22] = f.total_chars_from_user ?? Number.NaN;
  out[23] = f.avg_message_length_agent ?? Number.NaN;
  out[24] = f.max_message_length_agent ?? Number.NaN;
  out[25] = f.min_message_length_agent ?? Number.NaN;
  out[26] = f.total_chars_from_agent ?? Number.NaN;
  out[27] = f.question_count_agent ?? Number.NaN;
  out[28] = f.questions_per_agent_message ?? Number.NaN;
  out[29] = f.question_count_user ?? Number.NaN;
  out[30] = f.questions_per_user_message ?? Number.NaN;
  out[31] = f.sequential_user_messages ?? Number.NaN;
  out[32] = f.sequential_agent_messages ?? Number.NaN;
  out[33] = f.entities_collected_count ?? Number.NaN;
  out[34] = f.has_target_entity ?? Number.NaN;
  out[35] = f.avg_entity_confidence ?? Number.NaN;
  out[36] = f.min_entity_confidence ?? Number.NaN;
  out[37] = f.entity_collection_rate ?? Number.NaN;
  out[38] = f.repeated_questions ?? Number.NaN;
  out[39] = f.message_alternation_rate ?? Number.NaN;
  return out;
}
