namespace ControlChat.Core.Documents;

/// <summary>One change of a document.</summary>
public abstract record DocumentEdit
{
    private DocumentEdit()
    {
    }

    /// <param name="Pattern">As in <see cref="SectionSearch.In"/>.</param>
    /// <param name="Content">Markdown; its line ends become those of the document. Empty: the section is emptied.</param>
    /// <param name="KeepHeading">False: the content takes the place of the heading too.</param>
    public sealed record ReplaceSection(string Pattern, string Content, bool KeepHeading = true, int? Occurrence = null) : DocumentEdit;

    /// <summary>Writes a table of contents between a line <c>&lt;!-- toc --&gt;</c> and a line <c>&lt;!-- /toc --&gt;</c>; of every heading but those before it.</summary>
    /// <param name="MinLevel">1 to 6.</param>
    /// <param name="MaxLevel">1 to 6, not less.</param>
    public sealed record GenerateToc(int MinLevel = 2, int MaxLevel = 3) : DocumentEdit;
}

/// <summary>What editing a document came to.</summary>
public abstract record DocumentEditing
{
    private DocumentEditing()
    {
    }

    /// <param name="Bytes">The whole document; every byte that no edit is about is what it was.</param>
    /// <param name="Messages">What the one who asked should know of the edits that were made.</param>
    public sealed record Edited(byte[] Bytes, IReadOnlyList<string> Messages) : DocumentEditing;

    /// <summary>None of the edits was made.</summary>
    /// <param name="Edit">Which of them could not be, from 0.</param>
    /// <param name="Candidates">Headings that may have been meant.</param>
    public sealed record Refused(int Edit, string Why, IReadOnlyList<Heading> Candidates) : DocumentEditing;
}
