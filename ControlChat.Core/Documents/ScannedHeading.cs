namespace ControlChat.Core.Documents;

/// <summary>A heading of the document itself, in bytes and in lines from 1.</summary>
/// <param name="Start">Where its first line begins.</param>
/// <param name="End">Behind the end of its last line.</param>
/// <param name="TitleStart">Of its text as it was written: lines of a setext heading with their ends.</param>
internal readonly record struct ScannedHeading(int Level, bool IsSetext, int Start, int End, int Line, int EndLine, int TitleStart, int TitleEnd);

/// <param name="Headings">In the order of the text, without those in quotes and lists.</param>
/// <param name="Comments">HTML comments that are a line of their own, outside of everything: from their line to the one behind.</param>
/// <param name="Definitions">The link reference definitions, one after the other.</param>
/// <param name="TextStart">Behind a byte order mark and front matter.</param>
/// <param name="Lines">How many the whole text has.</param>
/// <param name="OpenAtEnd">What was still open at the end and would go on if more text followed: a fence or an HTML block; null: nothing.</param>
internal sealed record ScannedDocument(IReadOnlyList<ScannedHeading> Headings, IReadOnlyList<(int Start, int End)> Comments, string Definitions, int TextStart, int Lines, string? OpenAtEnd);
