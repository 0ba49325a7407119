"""What all pages share: who may open them, navigation, form fields, error pages, health."""
