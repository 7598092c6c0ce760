namespace ControlChat.Core.Settings;

/// <summary>The secrets this process was given by its environment. Not a record on purpose: nothing prints it by accident.</summary>
public sealed class HubSecrets(IReadOnlyDictionary<string, string> values)
{
    /// <summary>The API key for the model, or null.</summary>
    public string? OpenAiKey => Find("OPENAI_API_KEY");

    /// <summary>Every value, for the redaction by value.</summary>
    public IEnumerable<string> Values => values.Values;

    /// <param name="key">As in the contract: <c>OPENAI_API_KEY</c>, <c>Bus:Redis:Password</c>.</param>
    public string? Find(string key) => values.GetValueOrDefault(key);

    public override string ToString() => "HubSecrets";
}
