namespace ControlChat.Core.Bus;

/// <summary>A failure in one short line, for a row that a person will read.</summary>
internal static class OneLine
{
    private const int Limit = 300;

    public static string Of(Exception fault)
    {
        var text = $"{fault.GetType().Name}: {fault.Message}".ReplaceLineEndings(" ");
        return text.Length <= Limit ? text : text[..Limit];
    }
}
