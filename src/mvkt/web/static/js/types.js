/**
 * The shapes of things, for the type checker; nothing of this exists when the page runs.
 *
 * @typedef {"found" | "inconclusive" | "not found" | "not judged"} Verdict
 *
 * @typedef {object} Episode
 * @property {number} start_seconds
 * @property {number} end_seconds
 * @property {number} windows
 * @property {number} peak_probability
 * @property {number} peak_seconds
 *
 * @typedef {object} Course
 * @property {number} burden
 * @property {"time" | "beats"} burden_of
 * @property {number} uncertain
 * @property {Episode[]} episodes
 *
 * @typedef {object} Finding
 * @property {string} code
 * @property {string} title
 * @property {string} typical
 * @property {number} probability
 * @property {number} threshold
 * @property {[number, number] | null} band
 * @property {Verdict} verdict
 * @property {string} reason
 * @property {boolean} normal
 * @property {number | null} missed
 * @property {Course | null} course
 *
 * @typedef {object} Timeline
 * @property {number} window_seconds
 * @property {number[]} start_seconds
 * @property {boolean[]} judged
 * @property {(number | null)[]} heart_rate
 * @property {Record<string, (number | null)[]>} probabilities
 * @property {Record<string, (Verdict | null)[]>} verdicts
 *
 * @typedef {object} Measurement
 * @property {number | null} value
 * @property {string} unit
 * @property {string} because Why it was not measured.
 *
 * @typedef {"normal" | "ventricular" | "supraventricular" | "unsure"} BeatKind
 *
 * @typedef {object} Beats  Those of the windows that were judged.
 * @property {number[]} seconds
 * @property {BeatKind[]} kinds
 *
 * @typedef {object} Diagnosis
 * @property {string} summary
 * @property {"mean of windows" | "course"} rule
 * @property {Finding[]} findings
 * @property {{windows: number, judged: number, judged_share: number, reasons: Record<string, number>,
 *   left_out: {start_seconds: number, reasons: string[]}[]}} quality
 * @property {number | null} heart_rate
 * @property {[number, number] | null} heart_rate_range
 * @property {Record<string, Measurement>} [measurements]
 * @property {Record<string, number | null> | null} [machine_measurements] What the device measured itself.
 * @property {{source: string, start_time: string | null, age: number | null, sex: string | null,
 *   duration_seconds: number, sampling_frequency: number, recorded_leads: string[], leads: string[],
 *   within_training_view: boolean, unlike_training: string, processing: string[]}} signal
 * @property {string[]} notes
 * @property {Beats} beats
 * @property {{name: string, task: string, view: string, worth: string, limits: string, tool_version: string,
 *   sha256: string}} bundle
 * @property {{reason: string, others: string[]} | null} choice
 * @property {Timeline} timeline
 * @property {string} disclaimer
 *
 * @typedef {object} Answered
 * @property {string} file
 * @property {string} part
 * @property {string} error
 * @property {Diagnosis[]} diagnoses
 *
 * @typedef {object} Tiles
 * @property {number} tile_samples
 * @property {number} tile_blocks
 * @property {number} first_block
 * @property {number} factor
 * @property {number} levels
 *
 * @typedef {object} TraceInfo
 * @property {string[]} leads
 * @property {number} sampling_frequency
 * @property {number} samples
 * @property {number} seconds
 * @property {string | null} start_time
 * @property {number | null} age
 * @property {string | null} sex
 * @property {string} source
 * @property {string[]} notes
 * @property {[number, number]} band
 * @property {number[]} microvolts_per_unit
 * @property {number[]} offset_microvolts
 * @property {Tiles} tiles
 *
 * @typedef {object} ReadBy
 * @property {string} student
 * @property {string[]} leads
 * @property {boolean} turned
 *
 * @typedef {"confirmed" | "rejected" | "changed"} Judgement
 *
 * @typedef {object} Decision
 * @property {string} code
 * @property {string} title
 * @property {Judgement} judgement
 * @property {string} instead
 * @property {string} note
 *
 * @typedef {object} Review
 * @property {string} reviewer
 * @property {string} note
 * @property {string} time
 * @property {Decision[]} decisions
 * @property {{title: string, note: string}[]} added
 *
 * @typedef {object} Options
 * @property {string[]} student
 * @property {string} lead
 * @property {string} sampling_frequency
 * @property {string} unit
 * @property {string} age
 * @property {string} sex
 *
 * @typedef {object} Student
 * @property {string} name
 * @property {string} view
 * @property {string[]} leads
 * @property {string} task
 * @property {Record<string, string>} classes
 *
 * @typedef {object} Recording  One recording on view.
 * @property {string} key  Of this page.
 * @property {Upload} upload
 * @property {number} index  In its upload.
 * @property {string} id  On the server; empty where it is not kept there.
 * @property {string} file
 * @property {string} part
 * @property {TraceInfo | null} trace
 * @property {boolean} envelope  Whether the filtered trace can be seen from afar.
 * @property {Answered | null} answered
 * @property {ReadBy[]} readBy
 * @property {string} error
 * @property {Review} review
 * @property {number} start  Seconds at the left edge of the paper.
 *
 * @typedef {object} Upload  Files that were sent together.
 * @property {string} key
 * @property {File[]} files
 * @property {string} name
 * @property {Options} options
 * @property {"waiting" | "sending" | "reading" | "done"} state
 * @property {number} progress  Of sending, 0 to 1.
 * @property {string} error
 * @property {string} print  Fingerprint of the content.
 */
export {};
