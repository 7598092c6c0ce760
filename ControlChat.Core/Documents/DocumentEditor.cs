namespace ControlChat.Core.Documents;

/// <summary>Makes changes in a document, one after the other and all or none; the result is written once, by whoever asked.</summary>
public static class DocumentEditor
{
    /// <summary>Edits of one call, at most.</summary>
    public const int MostEdits = 50;

    /// <param name="bytes">The document; not changed.</param>
    /// <param name="edits">Each sees what those before it made.</param>
    public static DocumentEditing Apply(byte[] bytes, IReadOnlyList<DocumentEdit> edits)
    {
        ArgumentNullException.ThrowIfNull(edits);
        if (edits.Count is 0 or > MostEdits) return new DocumentEditing.Refused(0, $"1 to {MostEdits} edits can be made at once.", []);
        if (SectionedDocument.Read(bytes) is not { } document) return new DocumentEditing.Refused(0, "The document is not UTF-8, so it cannot be edited here.", []);
        var messages = new List<string>();
        for (var i = 0; i < edits.Count; i++)
        {
            var step = edits[i] switch
            {
                DocumentEdit.ReplaceSection replace => SectionReplacement.Make(document, replace),
                DocumentEdit.GenerateToc toc => TableOfContents.Make(document, toc),
                _ => throw new ArgumentException($"{edits[i]} is no edit.", nameof(edits)),
            };
            if (step.Document is null) return new DocumentEditing.Refused(i, step.Messages[0], step.Candidates);
            document = step.Document;
            messages.AddRange(edits.Count == 1 ? step.Messages : step.Messages.Select(m => $"Edit {i + 1}: {m}"));
        }
        return new DocumentEditing.Edited(document.Bytes, messages);
    }
}

/// <param name="Document">Null: it could not be done, and the one message says why.</param>
internal sealed record EditStep(SectionedDocument? Document, IReadOnlyList<string> Messages, IReadOnlyList<Heading> Candidates)
{
    public static EditStep Refuse(string why, IReadOnlyList<Heading>? candidates = null) => new(null, [why], candidates ?? []);

    public static EditStep Done(SectionedDocument document, params IReadOnlyList<string> messages) => new(document, messages, []);
}
