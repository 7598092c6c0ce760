using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.Ui;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.App.Approvals.Cards;

/// <summary>What is being filled in for a question, as texts, and what that makes as JSON.</summary>
public sealed class QuestionEntry
{
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };
    private readonly Dictionary<string, string> _texts = [];

    public QuestionEntry(QuestionForm form)
    {
        Form = form;
        foreach (var field in form.Fields.Where(f => f.Default is not null && !f.Secret)) _texts[field.Name] = Proposed(field);
    }

    public QuestionForm Form { get; }

    /// <summary>Empty when nothing was filled in; of a yes-or-no field <c>true</c> or <c>false</c>.</summary>
    public string this[string field]
    {
        get => _texts.GetValueOrDefault(field, "");
        set => _texts[field] = value;
    }

    /// <returns>The content, or what is wrong with it.</returns>
    public (JsonObject? Content, string? Fault) Read()
    {
        var content = new JsonObject();
        foreach (var field in Form.Fields)
        {
            var text = this[field.Name];
            // A box that was not ticked says no; any other field that was left empty says nothing.
            if (field.Kind == QuestionFieldKind.Boolean) content[field.Name] = text == "true";
            else if (text.Length > 0 && !TryRead(field, text, content)) return (null, Texts.MustBe.With(field.Name, Wanted(field.Kind)));
        }
        return Form.Check(content) is { } fault ? (null, fault) : (content, null);
    }

    private static bool TryRead(QuestionField field, string text, JsonObject content)
    {
        if (field.Kind is QuestionFieldKind.Text or QuestionFieldKind.Choice)
        {
            content[field.Name] = text;
            return true;
        }
        var isNumber = field.Kind is QuestionFieldKind.Number or QuestionFieldKind.WholeNumber;
        if (isNumber && decimal.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            content[field.Name] = number;
            return true;
        }
        if (isNumber) return false;
        try
        {
            content[field.Name] = JsonNode.Parse(text, documentOptions: Strict);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Wanted(QuestionFieldKind kind) => kind switch
    {
        QuestionFieldKind.WholeNumber => Texts.AWholeNumber,
        QuestionFieldKind.Number => Texts.ANumber,
        _ => "JSON",
    };

    private static string Proposed(QuestionField field) =>
        field.Kind != QuestionFieldKind.Json && field.Default is JsonValue one && one.TryGetValue(out string? text) ? text : field.Default!.ToJsonString(Json.Wire);
}
