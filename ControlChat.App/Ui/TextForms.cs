using System.Globalization;

namespace ControlChat.App.Ui;

/// <summary>Texts of the resource files with places to fill: <c>{0}</c>, <c>{1}</c>.</summary>
internal static class TextForms
{
    /// <summary>The text with its places filled, in the reader's way to write numbers. Values are plain text; markup of them stays text.</summary>
    public static string With(this string form, params ReadOnlySpan<object?> values) => string.Format(CultureInfo.CurrentCulture, form, values);
}
